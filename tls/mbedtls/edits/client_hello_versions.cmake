# What: ssl_parse_client_hello() and ssl_parse_encrypted_pms() of ssl_tls12_server.c, ssl_tls13_parse_client_hello() of
#   ssl_tls13_server.c, struct mbedtls_ssl_handshake_params of ssl_misc.h.
# Why: a client that offers a version that doesn't exist yet, without supported_versions, gets the newest that the server has
#   below it (RFC 5246 appendix E.1, RFC 8446 section 4.2.1: TLS 1.2). mbedTLS refuses it. The premaster secret has the version
#   that was offered (RFC 5246 section 7.4.7.1). Beside supported_versions with TLS 1.3 that field doesn't count (RFC 8446
#   section 4.2.1), unless it names SSL (appendix D.5). mbedTLS wants TLS 1.2 in it.
# Test: tests/tls/alerts_test.cpp, "a client of a version to come speaks TLS 1.2" and "of a client that lists TLS 1.3 the older
#   field doesn't count, SSL's versions excepted".

edit(library/ssl_misc.h [==[struct mbedtls_ssl_handshake_params {
]==] [==[struct mbedtls_ssl_handshake_params {
    uint16_t offered_version; /* the client's legacy_version */
]==])
edit(library/ssl_tls12_server.c [==[    ssl->session_negotiate->tls_version = ssl->tls_version;
    ssl->session_negotiate->endpoint = ssl->conf->endpoint;
]==] [==[    ssl->handshake->offered_version = (uint16_t) ssl->tls_version;
    if (ssl->tls_version > MBEDTLS_SSL_VERSION_TLS1_2) {
        ssl->tls_version = MBEDTLS_SSL_VERSION_TLS1_2;
    }
    ssl->session_negotiate->tls_version = ssl->tls_version;
    ssl->session_negotiate->endpoint = ssl->conf->endpoint;
]==])
edit(library/ssl_tls12_server.c [==[    mbedtls_ssl_write_version(ver, ssl->conf->transport,
                              ssl->session_negotiate->tls_version);
]==] [==[    MBEDTLS_PUT_UINT16_BE(ssl->handshake->offered_version, ver, 0);
]==])
edit(library/ssl_tls13_server.c [==[    if (mbedtls_ssl_read_version(p, ssl->conf->transport) !=
        MBEDTLS_SSL_VERSION_TLS1_2) {
]==] [==[    handshake->offered_version = mbedtls_ssl_read_version(p, ssl->conf->transport);
    if (handshake->offered_version <= 0x0300) {
]==])
