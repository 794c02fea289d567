// mbedTLS's ChaCha20-Poly1305 (MBEDTLS_CHACHAPOLY_ALT). Whole records go to tls/crypto/aead.h, input in parts
// to mbedTLS's own code.
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include <algorithm>

#include <mbedtls/chachapoly.h>
#include <mbedtls/cipher.h>
#include <mbedtls/error.h>
#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>

#include "tls/crypto/aead.h"
#include "tls/crypto/backend.h"

extern "C" {
size_t mailtap_portable_chachapoly_size(void);
void mailtap_portable_chachapoly_init(void*);
void mailtap_portable_chachapoly_free(void*);
int mailtap_portable_chachapoly_setkey(void*, const unsigned char* key);
int mailtap_portable_chachapoly_starts(void*, const unsigned char* nonce, mbedtls_chachapoly_mode_t);
int mailtap_portable_chachapoly_update_aad(void*, const unsigned char* aad, size_t size);
int mailtap_portable_chachapoly_update(void*, size_t size, const unsigned char* in, unsigned char* out);
int mailtap_portable_chachapoly_finish(void*, unsigned char* mac);
int mailtap_portable_chachapoly_encrypt_and_tag(void*, size_t size, const unsigned char* nonce,
                                                const unsigned char* aad, size_t aad_size,
                                                const unsigned char* in, unsigned char* out,
                                                unsigned char* tag);
int mailtap_portable_chachapoly_auth_decrypt(void*, size_t size, const unsigned char* nonce,
                                             const unsigned char* aad, size_t aad_size,
                                             const unsigned char* tag, const unsigned char* in,
                                             unsigned char* out);
}

namespace mailtap::crypto {

namespace {

constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;

void drop_portable(mbedtls_chachapoly_context& context) {
  if (context.portable == nullptr) return;
  mailtap_portable_chachapoly_free(context.portable);
  mbedtls_free(context.portable);
  context.portable = nullptr;
}

/// mbedTLS's own context of this key, made when first needed.
int need_portable(mbedtls_chachapoly_context& context) {
  if (context.portable != nullptr) return 0;
  context.portable = mbedtls_calloc(1, mailtap_portable_chachapoly_size());
  if (context.portable == nullptr) return MBEDTLS_ERR_CIPHER_ALLOC_FAILED;
  mailtap_portable_chachapoly_init(context.portable);
  return mailtap_portable_chachapoly_setkey(context.portable, context.key);
}

}  // namespace

}  // namespace mailtap::crypto

using namespace mailtap;
using namespace mailtap::crypto;

extern "C" {

void mbedtls_chachapoly_init(mbedtls_chachapoly_context* ctx) {
  *ctx = {};
}

void mbedtls_chachapoly_free(mbedtls_chachapoly_context* ctx) {
  if (ctx == nullptr) return;
  drop_portable(*ctx);
  forget_key(Aead::chacha20_poly1305, ctx->key);
  mbedtls_platform_zeroize(ctx, sizeof(*ctx));
}

int mbedtls_chachapoly_setkey(mbedtls_chachapoly_context* ctx, const unsigned char key[32]) {
  drop_portable(*ctx);
  std::copy_n(key, sizeof(ctx->key), ctx->key);
  return 0;
}

int mbedtls_chachapoly_starts(mbedtls_chachapoly_context* ctx, const unsigned char nonce[12],
                              mbedtls_chachapoly_mode_t mode) {
  const int failed = need_portable(*ctx);
  return failed != 0 ? failed : mailtap_portable_chachapoly_starts(ctx->portable, nonce, mode);
}

int mbedtls_chachapoly_update_aad(mbedtls_chachapoly_context* ctx, const unsigned char* aad, size_t aad_len) {
  const int failed = need_portable(*ctx);
  return failed != 0 ? failed : mailtap_portable_chachapoly_update_aad(ctx->portable, aad, aad_len);
}

int mbedtls_chachapoly_update(mbedtls_chachapoly_context* ctx, size_t len, const unsigned char* input,
                              unsigned char* output) {
  const int failed = need_portable(*ctx);
  return failed != 0 ? failed : mailtap_portable_chachapoly_update(ctx->portable, len, input, output);
}

int mbedtls_chachapoly_finish(mbedtls_chachapoly_context* ctx, unsigned char mac[16]) {
  const int failed = need_portable(*ctx);
  return failed != 0 ? failed : mailtap_portable_chachapoly_finish(ctx->portable, mac);
}

int mbedtls_chachapoly_encrypt_and_tag(mbedtls_chachapoly_context* ctx, size_t length,
                                       const unsigned char nonce[12], const unsigned char* aad,
                                       size_t aad_len, const unsigned char* input, unsigned char* output,
                                       unsigned char tag[16]) {
  if (backend() != Backend::portable) {
    const Record record{ctx->key, {nonce, nonce_size}, {aad, aad_len}, {input, length}, output};
    return seal(Aead::chacha20_poly1305, record, {tag, tag_size}) ? 0 : MBEDTLS_ERR_CHACHAPOLY_BAD_STATE;
  }
  const int failed = need_portable(*ctx);
  if (failed != 0) return failed;
  return mailtap_portable_chachapoly_encrypt_and_tag(ctx->portable, length, nonce, aad, aad_len, input,
                                                     output, tag);
}

int mbedtls_chachapoly_auth_decrypt(mbedtls_chachapoly_context* ctx, size_t length,
                                    const unsigned char nonce[12], const unsigned char* aad, size_t aad_len,
                                    const unsigned char tag[16], const unsigned char* input,
                                    unsigned char* output) {
  if (backend() != Backend::portable) {
    const Record record{ctx->key, {nonce, nonce_size}, {aad, aad_len}, {input, length}, output};
    return open(Aead::chacha20_poly1305, record, {tag, tag_size}) ? 0 : MBEDTLS_ERR_CHACHAPOLY_AUTH_FAILED;
  }
  const int failed = need_portable(*ctx);
  if (failed != 0) return failed;
  return mailtap_portable_chachapoly_auth_decrypt(ctx->portable, length, nonce, aad, aad_len, tag, input,
                                                  output);
}

}  // extern "C"
