# What: ssl_write_client_hello_cipher_suites() of ssl_client.c.
# Why: a client that has fallen back to TLS 1.2 says so by TLS_FALLBACK_SCSV (RFC 7507 section 4), so that a server with a newer
#   version refuses it. mbedTLS 3.6 can't.
# Test: tests/tls/client_terms_test.cpp.

edit(library/ssl_client.c [==[
    /*
     * Add TLS_EMPTY_RENEGOTIATION_INFO_SCSV
     */
]==] [==[
    if (ssl->mailtap.is_fallback) {
        MBEDTLS_SSL_CHK_BUF_PTR(p, end, 2);
        MBEDTLS_PUT_UINT16_BE(0x5600, p, 0);
        p += 2;
    }

    /*
     * Add TLS_EMPTY_RENEGOTIATION_INFO_SCSV
     */
]==])
