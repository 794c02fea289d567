# What: ssl_parse_client_key_exchange() of ssl_tls12_server.c.
# Why: a public key that is no uncompressed point of the curve, or gives a shared secret of zeros, ends the handshake with
#   illegal_parameter (RFC 8422 sections 5.4, 5.10 and 5.11), and so does one of DHE that isn't between 1 and p-1 (RFC 7919
#   section 5.1, RFC 5246 section 7.2.2); one whose length isn't that of the message with decode_error. mbedTLS has
#   decode_error for all, and takes compressed points.
# Test: tests/tls/alerts_test.cpp, "a ClientKeyExchange that is no point", "a ClientKeyExchange of DHE".

edit(library/ssl_tls12_server.c [==[        if ((ret = mbedtls_ecdh_read_public(&ssl->handshake->ecdh_ctx,
                                            p, (size_t) (end - p))) != 0) {
            MBEDTLS_SSL_DEBUG_RET(1, "mbedtls_ecdh_read_public", ret);
            return MBEDTLS_ERR_SSL_DECODE_ERROR;
        }

        MBEDTLS_SSL_DEBUG_ECDH(3, &ssl->handshake->ecdh_ctx,
                               MBEDTLS_DEBUG_ECDH_QP);

        if ((ret = mbedtls_ecdh_calc_secret(&ssl->handshake->ecdh_ctx,
                                            &ssl->handshake->pmslen,
                                            ssl->handshake->premaster,
                                            MBEDTLS_MPI_MAX_SIZE,
                                            ssl->conf->f_rng, ssl->conf->p_rng)) != 0) {
            MBEDTLS_SSL_DEBUG_RET(1, "mbedtls_ecdh_calc_secret", ret);
            return MBEDTLS_ERR_SSL_DECODE_ERROR;
        }
]==] [==[        if (end - p < 2 || p[0] == 0 || p[0] != end - p - 1) {
            return MBEDTLS_ERR_SSL_DECODE_ERROR;
        }
        const mbedtls_ecp_group_id group = mailtap_group_of(&ssl->handshake->ecdh_ctx);
        const int is_compressed = group != MBEDTLS_ECP_DP_CURVE25519 && group != MBEDTLS_ECP_DP_CURVE448 && p[1] != 4;
        if (is_compressed ||
            (ret = mbedtls_ecdh_read_public(&ssl->handshake->ecdh_ctx,
                                            p, (size_t) (end - p))) != 0) {
            return MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER;
        }

        MBEDTLS_SSL_DEBUG_ECDH(3, &ssl->handshake->ecdh_ctx,
                               MBEDTLS_DEBUG_ECDH_QP);

        if ((ret = mbedtls_ecdh_calc_secret(&ssl->handshake->ecdh_ctx,
                                            &ssl->handshake->pmslen,
                                            ssl->handshake->premaster,
                                            MBEDTLS_MPI_MAX_SIZE,
                                            ssl->conf->f_rng, ssl->conf->p_rng)) != 0) {
            MBEDTLS_SSL_DEBUG_RET(1, "mbedtls_ecdh_calc_secret", ret);
            return MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER;
        }
]==])
edit(library/ssl_tls12_server.c [==[MBEDTLS_CHECK_RETURN_CRITICAL
static int ssl_parse_client_key_exchange(mbedtls_ssl_context *ssl)
{
]==] [==[/* ecdh.c's own view of its context. */
static mbedtls_ecp_group_id mailtap_group_of(const mbedtls_ecdh_context *ecdh)
{
#if defined(MBEDTLS_ECDH_LEGACY_CONTEXT)
    return ecdh->grp.id;
#else
    return ecdh->grp_id;
#endif
}

MBEDTLS_CHECK_RETURN_CRITICAL
static int ssl_parse_client_key_exchange(mbedtls_ssl_context *ssl)
{
]==])
edit(library/ssl_tls12_server.c [==[    if (*p + n > end) {
        MBEDTLS_SSL_DEBUG_MSG(1, ("bad client key exchange message"));
        return MBEDTLS_ERR_SSL_DECODE_ERROR;
    }

    if ((ret = mbedtls_dhm_read_public(&ssl->handshake->dhm_ctx, *p, n)) != 0) {
        MBEDTLS_SSL_DEBUG_RET(1, "mbedtls_dhm_read_public", ret);
        return MBEDTLS_ERR_SSL_DECODE_ERROR;
    }
]==] [==[    if (n == 0 || *p + n != end) {
        MBEDTLS_SSL_DEBUG_MSG(1, ("bad client key exchange message"));
        return MBEDTLS_ERR_SSL_DECODE_ERROR;
    }

    if ((ret = mbedtls_dhm_read_public(&ssl->handshake->dhm_ctx, *p, n)) != 0) {
        MBEDTLS_SSL_DEBUG_RET(1, "mbedtls_dhm_read_public", ret);
        return MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER;
    }
]==])
edit(library/ssl_tls12_server.c [==[            MBEDTLS_SSL_DEBUG_RET(1, "mbedtls_dhm_calc_secret", ret);
            return MBEDTLS_ERR_SSL_DECODE_ERROR;
]==] [==[            MBEDTLS_SSL_DEBUG_RET(1, "mbedtls_dhm_calc_secret", ret);
            return MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER;
]==])
