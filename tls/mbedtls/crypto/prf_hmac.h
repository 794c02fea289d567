/* TLS 1.2's pseudorandom function (RFC 5246 section 5) with a third of the hashing. mbedTLS's
 * tls_prf_generic() alone calls these (tls/mbedtls/edits/prf_hmac.cmake). */
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

#endif
