# What: ssl_write_server_hello() of ssl_srv.c.
# Why: a server that has TLS 1.3, as this program is one, says in the random of an older ServerHello that it has (RFC 8446 section
#   4.1.3): a client that has it too, and was talked out of it, notices. Not where the server behind it has nothing newer, which
#   is said by what is a client's setting otherwise (mbedtls_ssl_conf_fallback()): a client that fell back would refuse.
# Test: tests/tls/legacy_session_test.cpp, "an old ServerHello tells a client that was talked out of TLS 1.3 that it was, if the server has more".

edit(library/ssl_srv.c [==[    memcpy(ssl->handshake->randbytes + 32, buf + 6, 32);
]==] [==[    if (ssl->conf->fallback != MBEDTLS_SSL_IS_FALLBACK) {
        memcpy(buf + 6 + 24, "DOWNGRD", 8);
    }
    memcpy(ssl->handshake->randbytes + 32, buf + 6, 32);
]==])
