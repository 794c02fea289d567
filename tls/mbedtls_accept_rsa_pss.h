/* Included before mbedTLS's TLS 1.2 client (cmake/MbedTls.cmake), whose source stays as released.
 *
 * A client that offers RSA-PSS, as TLS 1.3 requires, must accept it from a TLS 1.2 server too (RFC 8446
 * section 4.2.3), and servers that follow their own preference use it. mbedTLS 3.6.6 verifies such a
 * signature but refuses its code point first; later releases of 3.6 don't. */
#pragma once

#include "ssl_misc.h"

static inline int mailtap_sig_alg_is_supported(const mbedtls_ssl_context* ssl, uint16_t sig_alg) {
  return sig_alg == MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA256 ||
         sig_alg == MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA384 ||
         sig_alg == MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA512 || mbedtls_ssl_sig_alg_is_supported(ssl, sig_alg);
}

/* What is left to check is that it was offered, which the caller does. */
#define mbedtls_ssl_sig_alg_is_supported mailtap_sig_alg_is_supported
