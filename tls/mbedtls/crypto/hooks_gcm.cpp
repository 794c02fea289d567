// mbedTLS's GCM (MBEDTLS_GCM_ALT). A whole record with a nonce of 12 bytes under AES, which is what TLS has,
// goes to tls/crypto/aead.h; other ciphers and nonces, and input in parts, to mbedTLS's own code.
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include <algorithm>
#include <new>

#include <mbedtls/gcm.h>
#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>

#include "tls/crypto/aead.h"
#include "tls/crypto/backend.h"

extern "C" {
size_t mailtap_portable_gcm_size(void);
void mailtap_portable_gcm_init(void*);
void mailtap_portable_gcm_free(void*);
int mailtap_portable_gcm_setkey(void*, mbedtls_cipher_id_t, const unsigned char* key, unsigned bits);
int mailtap_portable_gcm_starts(void*, int mode, const unsigned char* iv, size_t iv_size);
int mailtap_portable_gcm_update_ad(void*, const unsigned char* ad, size_t size);
int mailtap_portable_gcm_update(void*, const unsigned char* in, size_t size, unsigned char* out,
                                size_t out_size, size_t* out_length);
int mailtap_portable_gcm_finish(void*, unsigned char* out, size_t out_size, size_t* out_length,
                                unsigned char* tag, size_t tag_size);
int mailtap_portable_gcm_crypt_and_tag(void*, int mode, size_t size, const unsigned char* iv, size_t iv_size,
                                       const unsigned char* ad, size_t ad_size, const unsigned char* in,
                                       unsigned char* out, size_t tag_size, unsigned char* tag);
int mailtap_portable_gcm_auth_decrypt(void*, size_t size, const unsigned char* iv, size_t iv_size,
                                      const unsigned char* ad, size_t ad_size, const unsigned char* tag,
                                      size_t tag_size, const unsigned char* in, unsigned char* out);
}

namespace mailtap::crypto {

namespace {

constexpr std::size_t nonce_size = 12;

Bytes key_of(const mbedtls_gcm_context& context) {
  return Bytes(context.key).first(context.bits / 8);
}

bool serves(const mbedtls_gcm_context& context, std::size_t nonce, std::size_t tag) {
  return backend() != Backend::portable && context.bits != 0 && nonce == nonce_size && tag >= 4 && tag <= 16;
}

void drop_portable(mbedtls_gcm_context& context) {
  if (context.portable == nullptr) return;
  mailtap_portable_gcm_free(context.portable);
  mbedtls_free(context.portable);
  context.portable = nullptr;
}

int make_portable(mbedtls_gcm_context& context, mbedtls_cipher_id_t cipher, Bytes key) {
  drop_portable(context);
  context.portable = mbedtls_calloc(1, mailtap_portable_gcm_size());
  if (context.portable == nullptr) return MBEDTLS_ERR_CIPHER_ALLOC_FAILED;
  mailtap_portable_gcm_init(context.portable);
  return mailtap_portable_gcm_setkey(context.portable, cipher, key.data(),
                                     static_cast<unsigned>(key.size() * 8));
}

/// mbedTLS's own context of this key, made when first needed.
int need_portable(mbedtls_gcm_context& context) {
  if (context.portable != nullptr) return 0;
  if (context.bits == 0) return MBEDTLS_ERR_GCM_BAD_INPUT;  // no key was set
  return make_portable(context, MBEDTLS_CIPHER_ID_AES, key_of(context));
}

}  // namespace

}  // namespace mailtap::crypto

using namespace mailtap;
using namespace mailtap::crypto;

extern "C" {

void mbedtls_gcm_init(mbedtls_gcm_context* ctx) {
  *ctx = {};
}

void mbedtls_gcm_free(mbedtls_gcm_context* ctx) {
  if (ctx == nullptr) return;
  drop_portable(*ctx);
  if (ctx->bits != 0) forget_key(Aead::aes_gcm, key_of(*ctx));
  mbedtls_platform_zeroize(ctx, sizeof(*ctx));
}

int mbedtls_gcm_setkey(mbedtls_gcm_context* ctx, mbedtls_cipher_id_t cipher, const unsigned char* key,
                       unsigned keybits) {
  if (keybits != 128 && keybits != 192 && keybits != 256) return MBEDTLS_ERR_GCM_BAD_INPUT;
  mbedtls_gcm_free(ctx);
  if (cipher != MBEDTLS_CIPHER_ID_AES) return make_portable(*ctx, cipher, {key, keybits / 8});
  ctx->bits = keybits;
  std::copy_n(key, keybits / 8, ctx->key);
  return 0;
}

int mbedtls_gcm_starts(mbedtls_gcm_context* ctx, int mode, const unsigned char* iv, size_t iv_len) {
  const int failed = need_portable(*ctx);
  return failed != 0 ? failed : mailtap_portable_gcm_starts(ctx->portable, mode, iv, iv_len);
}

int mbedtls_gcm_update_ad(mbedtls_gcm_context* ctx, const unsigned char* add, size_t add_len) {
  const int failed = need_portable(*ctx);
  return failed != 0 ? failed : mailtap_portable_gcm_update_ad(ctx->portable, add, add_len);
}

int mbedtls_gcm_update(mbedtls_gcm_context* ctx, const unsigned char* input, size_t input_length,
                       unsigned char* output, size_t output_size, size_t* output_length) {
  const int failed = need_portable(*ctx);
  if (failed != 0) return failed;
  return mailtap_portable_gcm_update(ctx->portable, input, input_length, output, output_size, output_length);
}

int mbedtls_gcm_finish(mbedtls_gcm_context* ctx, unsigned char* output, size_t output_size,
                       size_t* output_length, unsigned char* tag, size_t tag_len) {
  const int failed = need_portable(*ctx);
  if (failed != 0) return failed;
  return mailtap_portable_gcm_finish(ctx->portable, output, output_size, output_length, tag, tag_len);
}

int mbedtls_gcm_crypt_and_tag(mbedtls_gcm_context* ctx, int mode, size_t length, const unsigned char* iv,
                              size_t iv_len, const unsigned char* add, size_t add_len,
                              const unsigned char* input, unsigned char* output, size_t tag_len,
                              unsigned char* tag) {
  // Decrypting here gives a tag that the caller compares, which no other backend does.
  if (mode == MBEDTLS_GCM_ENCRYPT && serves(*ctx, iv_len, tag_len)) {
    const Record record{key_of(*ctx), {iv, iv_len}, {add, add_len}, {input, length}, output};
    return seal(Aead::aes_gcm, record, {tag, tag_len}) ? 0 : MBEDTLS_ERR_GCM_BAD_INPUT;
  }
  const int failed = need_portable(*ctx);
  if (failed != 0) return failed;
  return mailtap_portable_gcm_crypt_and_tag(ctx->portable, mode, length, iv, iv_len, add, add_len, input,
                                            output, tag_len, tag);
}

int mbedtls_gcm_auth_decrypt(mbedtls_gcm_context* ctx, size_t length, const unsigned char* iv, size_t iv_len,
                             const unsigned char* add, size_t add_len, const unsigned char* tag,
                             size_t tag_len, const unsigned char* input, unsigned char* output) {
  if (serves(*ctx, iv_len, tag_len)) {
    const Record record{key_of(*ctx), {iv, iv_len}, {add, add_len}, {input, length}, output};
    return open(Aead::aes_gcm, record, {tag, tag_len}) ? 0 : MBEDTLS_ERR_GCM_AUTH_FAILED;
  }
  const int failed = need_portable(*ctx);
  if (failed != 0) return failed;
  return mailtap_portable_gcm_auth_decrypt(ctx->portable, length, iv, iv_len, add, add_len, tag, tag_len,
                                           input, output);
}

}  // extern "C"
