# What: ssl_ciphersuite_match() of ssl_tls12_server.c.
# Why: a suite with ECDHE was taken for any curve that mbedTLS knows, and the handshake failed when it came to a group that
#   isn't configured (secp256k1, secp224r1). The client may list suites that need none (RFC 8422 section 5.1).
# Test: tests/tls/key_exchange_groups_test.cpp, "a client with no curve of ours gets a suite that needs none".

edit(library/ssl_tls12_server.c [==[MBEDTLS_CHECK_RETURN_CRITICAL
static int ssl_ciphersuite_match(]==] [==[static int mailtap_has_common_curve(mbedtls_ssl_context *ssl)
{
    const uint16_t *ours = mbedtls_ssl_get_groups(ssl);
    for (; ours != NULL && *ours != 0; ++ours) {
        const uint16_t *theirs = ssl->handshake->curves_tls_id;
        for (; theirs != NULL && *theirs != 0; ++theirs) {
            if (*ours == *theirs) {
                return 1;
            }
        }
    }
    return 0;
}

MBEDTLS_CHECK_RETURN_CRITICAL
static int ssl_ciphersuite_match(]==])
edit(library/ssl_tls12_server.c [==[#if defined(MBEDTLS_KEY_EXCHANGE_SOME_PSK_ENABLED)
    /* If the ciphersuite requires a pre-shared key and we don't
     * have one]==] [==[    if (mbedtls_ssl_ciphersuite_uses_ecdhe(suite_info) && !mailtap_has_common_curve(ssl)) {
        return 0;
    }

#if defined(MBEDTLS_KEY_EXCHANGE_SOME_PSK_ENABLED)
    /* If the ciphersuite requires a pre-shared key and we don't
     * have one]==])
