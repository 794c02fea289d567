# What: ssl_tls13_parse_client_hello() of ssl_tls13_server.c.
# Why: a client that lists no signature algorithm of a key that the server has is refused with handshake_failure (RFC 8446
#   section 4.4.2.2) in the place of a ServerHello: mbedTLS looks for one when it comes to its Certificate.
# Test: tests/tls/alerts_test.cpp, "no signature algorithm in common".

edit(library/ssl_tls13_server.c [==[        MBEDTLS_SSL_DEBUG_MSG(2, ("key exchange mode: ephemeral"));
]==] [==[        MBEDTLS_SSL_DEBUG_MSG(2, ("key exchange mode: ephemeral"));
        if (ssl_tls13_pick_key_cert(ssl) != 0) {
            MBEDTLS_SSL_PEND_FATAL_ALERT(MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE,
                                         MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE);
            return MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE;
        }
]==])
