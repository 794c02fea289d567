# What: mbedtls_ssl_parse_sig_alg_ext() of ssl_tls.c, for hellos and TLS 1.3's CertificateRequest.
# Why: mbedTLS keeps the first 19 of a TLS 1.3 peer's list (RFC 8446 section 4.2.3), whatever they are; OpenSSL 3.5 and
#   later send more, unknown ones first. What we don't offer ourselves can't come to anything. A CertificateRequest
#   without one in common is answered with an empty Certificate.
#   Schemes of TLS 1.3 are kept under TLS 1.2 too, where they are agreed on as well (tls/mbedtls/signature_schemes.h).
# Test: tests/tls/long_lists_test.cpp; tests/tls/keys_test.cpp.

edit(library/ssl_misc.h [==[#define MBEDTLS_RECEIVED_SIG_ALGS_SIZE         20]==] [==[#define MBEDTLS_RECEIVED_SIG_ALGS_SIZE         32 /* more than we offer */]==])
edit(library/ssl_tls.c [==[
        if (ssl->tls_version == MBEDTLS_SSL_VERSION_TLS1_2 &&
            (!(mbedtls_ssl_sig_alg_is_supported(ssl, sig_alg) &&
               mbedtls_ssl_sig_alg_is_offered(ssl, sig_alg)))) {
            continue;
        }
]==] [==[
        if (!mbedtls_ssl_sig_alg_is_offered(ssl, sig_alg) || mbedtls_ssl_sig_alg_is_received(ssl, sig_alg)) {
            continue;
        }
]==])
edit(library/ssl_tls.c [==[
    if (common_idx == 0) {
        MBEDTLS_SSL_DEBUG_MSG(3, ("no signature algorithm in common"));
]==] [==[
    if (common_idx == 0 && (ssl->tls_version == MBEDTLS_SSL_VERSION_TLS1_2 || supported_sig_algs_len == 0)) {
        MBEDTLS_SSL_DEBUG_MSG(3, ("no signature algorithm in common"));
]==])
