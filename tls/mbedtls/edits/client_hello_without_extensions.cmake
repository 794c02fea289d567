# What: ssl_tls13_parse_client_hello() of ssl_tls13_server.c, which reads every hello first.
# Why: a hello may end behind its compression methods (RFC 5246 section 7.4.1.2); mbedTLS calls that a decode_error.
# Test: tests/tls/plain_hello_test.cpp.

edit(library/ssl_tls13_server.c [==[
    MBEDTLS_SSL_CHK_BUF_READ_PTR(p + 1, end, p[0] + 2);
]==] [==[
    if (end - (p + 1) == p[0]) {
        return SSL_CLIENT_HELLO_TLS1_2;
    }
    MBEDTLS_SSL_CHK_BUF_READ_PTR(p + 1, end, p[0] + 2);
]==])
