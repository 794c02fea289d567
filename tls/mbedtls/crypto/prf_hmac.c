/* First: it opens the private members to what comes after it. */
#include <common.h>

#include "tls/mbedtls/crypto/prf_hmac.h"

#include <mbedtls/sha256.h>
#include <mbedtls/sha512.h>
#include <string.h>

#include "tls/crypto/shortcuts.h"

/* While a context is ours its two pad blocks, of which it has no more use, hold the states after them. */

/* The state of the context's hash; its size, or 0 where the HMAC is mbedTLS's own: for a hash that isn't SHA-2. */
static size_t state_of(mbedtls_md_context_t *ctx, void **state) {
  if (!mailtap_takes_shortcut(MAILTAP_SHORTCUT_PRF_HMAC)) return 0;
  switch (mbedtls_md_get_type(ctx->md_info)) {
    case MBEDTLS_MD_SHA256:
      *state = ((mbedtls_sha256_context *) ctx->md_ctx)->state;
      return sizeof(((mbedtls_sha256_context *) ctx->md_ctx)->state);
    case MBEDTLS_MD_SHA384:
    case MBEDTLS_MD_SHA512:
      *state = ((mbedtls_sha512_context *) ctx->md_ctx)->state;
      return sizeof(((mbedtls_sha512_context *) ctx->md_ctx)->state);
    default: return 0;
  }
}

static size_t block_size(const mbedtls_md_context_t *ctx) {
  return mbedtls_md_get_type(ctx->md_info) == MBEDTLS_MD_SHA256 ? 64 : 128;
}

/* As if the block had been hashed after which the hash was in `kept`. */
static int go_on_from(mbedtls_md_context_t *ctx, const unsigned char *kept) {
  void *state;
  const int failure = mbedtls_md_starts(ctx);
  if (failure != 0) return failure;
  const size_t size = state_of(ctx, &state);
  memcpy(state, kept, size);
  if (mbedtls_md_get_type(ctx->md_info) == MBEDTLS_MD_SHA256)
    ((mbedtls_sha256_context *) ctx->md_ctx)->total[0] = (uint32_t) block_size(ctx);
  else
    ((mbedtls_sha512_context *) ctx->md_ctx)->total[0] = block_size(ctx);
  return 0;
}

int mailtap_prf_hmac_starts(mbedtls_md_context_t *ctx, const unsigned char *key, size_t size) {
  void *state;
  int failure = mbedtls_md_hmac_starts(ctx, key, size);
  if (failure != 0 || state_of(ctx, &state) == 0) return failure;
  unsigned char *const inner = ctx->hmac_ctx;
  unsigned char *const outer = inner + block_size(ctx);
  memcpy(inner, state, state_of(ctx, &state)); /* the inner pad has been hashed */
  if ((failure = mbedtls_md_starts(ctx)) != 0 || (failure = mbedtls_md_update(ctx, outer, block_size(ctx))) != 0) return failure;
  memcpy(outer, state, state_of(ctx, &state));
  return go_on_from(ctx, inner);
}

int mailtap_prf_hmac_reset(mbedtls_md_context_t *ctx) {
  void *state;
  if (state_of(ctx, &state) == 0) return mbedtls_md_hmac_reset(ctx);
  return go_on_from(ctx, ctx->hmac_ctx);
}

int mailtap_prf_hmac_finish(mbedtls_md_context_t *ctx, unsigned char *out) {
  void *state;
  int failure;
  if (state_of(ctx, &state) == 0) return mbedtls_md_hmac_finish(ctx, out);
  if ((failure = mbedtls_md_finish(ctx, out)) != 0) return failure; /* `out` has room for the hash */
  const unsigned char *const outer = (const unsigned char *) ctx->hmac_ctx + block_size(ctx);
  if ((failure = go_on_from(ctx, outer)) != 0) return failure;
  if ((failure = mbedtls_md_update(ctx, out, mbedtls_md_get_size(ctx->md_info))) != 0) return failure;
  return mbedtls_md_finish(ctx, out);
}
