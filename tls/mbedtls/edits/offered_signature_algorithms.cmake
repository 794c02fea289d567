# What: mbedtls_ssl_write_sig_alg_ext() of ssl_tls.c, for hellos and TLS 1.3's CertificateRequest.
# Why: mbedTLS lists what the newest version that it offers has, so that SHA-1 is missing where an older one may be agreed
#   on (RFC 8446 section 4.2.3: listed last), and RSA-PSS where TLS 1.2 is the newest.
# Test: tests/tls/signature_algorithms_test.cpp.

edit(library/ssl_tls.c [==[
        if (!mbedtls_ssl_sig_alg_is_supported(ssl, *sig_alg)) {
            continue;
        }
        MBEDTLS_SSL_CHK_BUF_PTR(p, end, 2);
]==] [==[
        if (!mailtap_may_offer(*sig_alg,
                               ssl->conf->endpoint == MBEDTLS_SSL_IS_CLIENT ? ssl->handshake->min_tls_version : ssl->tls_version,
                               ssl->tls_version)) {
            continue;
        }
        MBEDTLS_SSL_CHK_BUF_PTR(p, end, 2);
]==])
edit(library/ssl_tls.c [==[#include "ssl_misc.h"
]==] [==[#include "ssl_misc.h"
#include "tls/mbedtls/signature_schemes.h"
]==])
