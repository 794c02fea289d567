# What: mbedtls_ssl_context, ssl_handshake_init(), mbedtls_ssl_optimize_checksum(), mbedtls_ssl_handshake_free(), and in TLS 1.2's client
#   ssl_parse_certificate_request() and ssl_write_certificate_verify().
# Why: a client signs by an algorithm that the server's CertificateRequest lists, or shows nothing (RFC 5246 sections 7.4.4 and 7.4.6);
#   mbedTLS takes the hash of the cipher suite whatever was asked for. And what was asked and shown is remembered, for the log.
# Test: tests/e2e/late_questions_test.py (signatures), tests/tls/late_questions_test.cpp.

edit(include/mbedtls/ssl.h [==[struct mbedtls_ssl_context {
]==] [==[#include "tls/mbedtls/client_certificate.h"

struct mbedtls_ssl_context {
    struct mailtap_certificates MBEDTLS_PRIVATE(mailtap_certificates);
]==])
edit(library/ssl_misc.h [==[    uint32_t sent_extensions;       /*!< extensions sent by endpoint */]==]
                        [==[    struct mailtap_hashes *mailtap_hashes;
    uint32_t sent_extensions;       /*!< extensions sent by endpoint */]==])
edit(library/ssl_tls.c [==[        MBEDTLS_SSL_DEBUG_RET(1, "mbedtls_ssl_reset_checksum", ret);
        return ret;
    }
]==] [==[        MBEDTLS_SSL_DEBUG_RET(1, "mbedtls_ssl_reset_checksum", ret);
        return ret;
    }
    if ((ret = mailtap_begin_hashes(ssl)) != 0) {
        return ret;
    }
]==])
edit(library/ssl_tls.c [==[    ((void) ciphersuite_info);

#if defined(MBEDTLS_MD_CAN_SHA384)]==] [==[    ((void) ciphersuite_info);
    if (mailtap_needs_all_hashes(ssl)) {
        return;
    }

#if defined(MBEDTLS_MD_CAN_SHA384)]==])
edit(library/ssl_tls.c [==[    if (ssl->handshake->certificate_request_context) {]==]
                       [==[    mailtap_free_hashes(handshake->mailtap_hashes);
    if (ssl->handshake->certificate_request_context) {]==])
edit(library/ssl_tls12_client.c [==[    n += 2 + sig_alg_len;
]==] [==[    mailtap_certificate_requested_tls12(ssl, buf + mbedtls_ssl_hs_hdr_len(ssl) + 3 + n, sig_alg_len);
    n += 2 + sig_alg_len;
]==])
edit(library/ssl_tls12_client.c [==[    ret = ssl->handshake->calc_verify(ssl, hash, &hashlen);
    if (0 != ret) {
        MBEDTLS_SSL_DEBUG_RET(1, ("calc_verify"), ret);]==] [==[    return mailtap_write_certificate_verify(ssl);
    if (0 != ret) {
        MBEDTLS_SSL_DEBUG_RET(1, ("calc_verify"), ret);]==])
