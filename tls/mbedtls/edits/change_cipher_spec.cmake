# What: mbedtls_ssl_handle_message_type() of ssl_msg.c.
# Why: TLS 1.3 ignores a ChangeCipherSpec until the peer's Finished, and after it refuses it (RFC 8446 section 5). mbedTLS ignores it
#   at all times.
# Test: tests/tls/alerts_test.cpp, "what comes out of turn after the handshake".

edit(library/ssl_msg.c [==[            MBEDTLS_SSL_DEBUG_MSG(2,
                                  ("Ignore ChangeCipherSpec in TLS 1.3 compatibility mode"));
]==] [==[            if (ssl->state == MBEDTLS_SSL_HANDSHAKE_OVER) {
                return MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE;
            }
            MBEDTLS_SSL_DEBUG_MSG(2,
                                  ("Ignore ChangeCipherSpec in TLS 1.3 compatibility mode"));
]==])
