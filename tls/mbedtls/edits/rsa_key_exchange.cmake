# What: ssl_parse_encrypted_pms() of ssl_tls12_server.c.
# Why: a ClientKeyExchange whose lengths don't fit is a decode_error (RFC 5246 section 7.2.2), told at once: anybody sees them.
#   mbedTLS takes it for a failed decryption, which must not be told before the Finished (section 7.4.7.1), and waits for more.
# Test: tests/tls/alerts_test.cpp, "a ClientKeyExchange of another length".

edit(library/ssl_tls12_server.c [==[    peer_pms[0] = peer_pms[1] = ~0;
    peer_pmslen = 0;
]==] [==[    peer_pms[0] = peer_pms[1] = ~0;
    peer_pmslen = 0;

    if (mbedtls_ssl_own_cert(ssl) != NULL) {
        const size_t key_size = mbedtls_pk_get_len(&mbedtls_ssl_own_cert(ssl)->pk);
        if ((size_t) (end - p) != 2 + key_size || MBEDTLS_GET_UINT16_BE(p, 0) != key_size) {
            return MBEDTLS_ERR_SSL_DECODE_ERROR;
        }
    }
]==])
