/* Included before mbedTLS's ssl_tls.c (cmake/MbedTls.cmake), whose source stays as released: TLS 1.2's
 * pseudorandom function (RFC 5246 section 5) with a third of the hashing. */
#ifndef MAILTAP_TLS_CRYPTO_MBEDTLS_PRF_HMAC_H
#define MAILTAP_TLS_CRYPTO_MBEDTLS_PRF_HMAC_H

#include <common.h> /* first, as in ssl_tls.c: it opens the structures */
#include <mbedtls/md.h>

#include "ssl_misc.h"

/* HMACs of one key after another. mbedTLS hashes the key's two blocks again for each; these remember what
 * they come to. They may be mixed with mbedtls_md_hmac_update() alone. */
int mailtap_prf_hmac_starts(mbedtls_md_context_t* ctx, const unsigned char* key, size_t size);
int mailtap_prf_hmac_reset(mbedtls_md_context_t* ctx);
int mailtap_prf_hmac_finish(mbedtls_md_context_t* ctx, unsigned char* out);

#ifndef MAILTAP_PRF_HMAC_IMPLEMENTATION

#define mbedtls_md_hmac_starts mailtap_prf_hmac_starts
#define mbedtls_md_hmac_reset mailtap_prf_hmac_reset
#define mbedtls_md_hmac_finish mailtap_prf_hmac_finish

/* mbedTLS derives 256 bytes of key block whatever the cipher. AEAD ciphers take two keys of at most 32 bytes
 * and two nonces of at most 12. The function that derives it has a variable of this name; elsewhere this one
 * is seen. */
static const mbedtls_ssl_mode_t ssl_mode = MBEDTLS_SSL_MODE_STREAM;
#define tls_prf(secret, secret_size, label, seed, seed_size, out, size) \
  tls_prf(secret, secret_size, label, seed, seed_size, out,             \
          ssl_mode == MBEDTLS_SSL_MODE_AEAD ? 2 * (32 + 12) : (size))

#endif
#endif
