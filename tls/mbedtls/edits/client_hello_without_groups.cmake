# What: ssl_parse_client_hello() of ssl_tls12_server.c.
# Why: a client that lists suites with elliptic curves and no curves leaves the choice to the server (RFC 8422 section
#   5.1). mbedTLS finds none in common with it, and with an ECDSA key has no suite left.
# Test: tests/tls/plain_hello_test.cpp.

edit(library/ssl_tls12_server.c [==[
    /*
     * Check for TLS_EMPTY_RENEGOTIATION_INFO_SCSV
     */
]==] [==[
    if (ssl->handshake->curves_tls_id == NULL) {
        static const uint16_t everybodys[] = { MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1, MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1,
                                               MBEDTLS_SSL_IANA_TLS_GROUP_SECP521R1, MBEDTLS_SSL_IANA_TLS_GROUP_NONE };
        ssl->handshake->curves_tls_id = mbedtls_calloc(1, sizeof(everybodys));
        if (ssl->handshake->curves_tls_id == NULL) {
            return MBEDTLS_ERR_SSL_ALLOC_FAILED;
        }
        memcpy(ssl->handshake->curves_tls_id, everybodys, sizeof(everybodys));
    }

    /*
     * Check for TLS_EMPTY_RENEGOTIATION_INFO_SCSV
     */
]==])
