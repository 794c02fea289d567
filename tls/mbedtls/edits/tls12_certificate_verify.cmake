# What: ssl_write_certificate_request() and ssl_parse_certificate_verify() of ssl_tls12_server.c, ssl_update_checksum_*() and
#   mbedtls_ssl_handshake_free() of ssl_tls.c, struct mbedtls_ssl_handshake_params of ssl_misc.h.
# Why: a client signs its CertificateVerify with any hash that the server lists (RFC 5246 sections 7.4.4 and 7.4.8). mbedTLS lists and
#   takes SHA-256 and SHA-384, of which it has the handshake's digests, and no client with a key that goes with another
#   (P-521, a smart card's SHA-1) has a certificate then. A signature that is wrong is answered with decrypt_error (section
#   7.2.2), one by an algorithm that wasn't listed with illegal_parameter: mbedTLS's alert is internal_error.
# Test: tests/tls/alerts_test.cpp, "a client's signature that is wrong"; tests/tls/client_signatures_test.cpp.

edit(library/ssl_misc.h [==[struct mbedtls_ssl_handshake_params {
]==] [==[#include "tls/mbedtls/handshake_transcript.h"

struct mbedtls_ssl_handshake_params {
    struct mailtap_transcript transcript;
]==])
edit(library/ssl_tls.c [==[static int ssl_update_checksum_start(mbedtls_ssl_context *ssl,
                                     const unsigned char *buf, size_t len)
{
]==] [==[static int ssl_update_checksum_start(mbedtls_ssl_context *ssl,
                                     const unsigned char *buf, size_t len)
{
    if (mailtap_keep_handshake(ssl, buf, len) != 0) {
        return MBEDTLS_ERR_SSL_ALLOC_FAILED;
    }
]==])
edit(library/ssl_tls.c [==[static int ssl_update_checksum_sha256(mbedtls_ssl_context *ssl,
                                      const unsigned char *buf, size_t len)
{
]==] [==[static int ssl_update_checksum_sha256(mbedtls_ssl_context *ssl,
                                      const unsigned char *buf, size_t len)
{
    if (mailtap_keep_handshake(ssl, buf, len) != 0) {
        return MBEDTLS_ERR_SSL_ALLOC_FAILED;
    }
]==])
edit(library/ssl_tls.c [==[static int ssl_update_checksum_sha384(mbedtls_ssl_context *ssl,
                                      const unsigned char *buf, size_t len)
{
]==] [==[static int ssl_update_checksum_sha384(mbedtls_ssl_context *ssl,
                                      const unsigned char *buf, size_t len)
{
    if (mailtap_keep_handshake(ssl, buf, len) != 0) {
        return MBEDTLS_ERR_SSL_ALLOC_FAILED;
    }
]==])
edit(library/ssl_tls.c [==[void mbedtls_ssl_handshake_free(mbedtls_ssl_context *ssl)
{
    mbedtls_ssl_handshake_params *handshake = ssl->handshake;

    if (handshake == NULL) {
        return;
    }
]==] [==[void mbedtls_ssl_handshake_free(mbedtls_ssl_context *ssl)
{
    mbedtls_ssl_handshake_params *handshake = ssl->handshake;

    if (handshake == NULL) {
        return;
    }
    mailtap_forget_handshake(&handshake->transcript);
]==])
edit(library/ssl_tls12_server.c [==[        if (mbedtls_ssl_set_calc_verify_md(ssl, hash)) {
            continue;
        }
]==] [==[        if (mbedtls_ssl_md_alg_from_hash(hash) == MBEDTLS_MD_NONE) {
            continue;
        }
]==])
edit(library/ssl_tls12_server.c [==[    unsigned char hash[48];
    unsigned char *hash_start = hash;
]==] [==[    unsigned char hash[MBEDTLS_MD_MAX_SIZE];
    unsigned char *hash_start = hash;
]==])
edit(library/ssl_tls12_server.c [==[    if (md_alg == MBEDTLS_MD_NONE || mbedtls_ssl_set_calc_verify_md(ssl, ssl->in_msg[i])) {
]==] [==[    if (md_alg == MBEDTLS_MD_NONE || !mbedtls_ssl_sig_alg_is_offered(ssl, MBEDTLS_GET_UINT16_BE(ssl->in_msg, i))) {
]==])
edit(library/ssl_tls12_server.c [==[#if !defined(MBEDTLS_MD_SHA1)
    if (MBEDTLS_MD_SHA1 == md_alg) {
        hash_start += 16;
    }
#endif
]==] "")
edit(library/ssl_tls12_server.c [==[        size_t dummy_hlen;
        ret = ssl->handshake->calc_verify(ssl, hash, &dummy_hlen);
]==] [==[        ret = mailtap_hash_handshake(ssl, md_alg, hash);
        mailtap_forget_handshake(&ssl->handshake->transcript);
]==])
edit(library/ssl_tls12_server.c [==[        MBEDTLS_SSL_DEBUG_RET(1, "mbedtls_pk_verify", ret);
]==] [==[        MBEDTLS_SSL_PEND_FATAL_ALERT(MBEDTLS_SSL_ALERT_MSG_DECRYPT_ERROR, ret);
        MBEDTLS_SSL_DEBUG_RET(1, "mbedtls_pk_verify", ret);
]==])
