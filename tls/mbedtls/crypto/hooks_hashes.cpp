// The block functions of mbedTLS's hashes (MBEDTLS_SHA.._PROCESS_ALT).
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include "tls/crypto/backend.h"
#include "tls/crypto/hash_blocks.h"
#include "tls/crypto/sha512_lanes.h"
#include "tls/mbedtls/crypto/portable.h"

using namespace mailtap::crypto;

extern "C" {

int mbedtls_internal_sha1_process(mbedtls_sha1_context* ctx, const unsigned char* data) {
  if (backend() == Backend::portable) return mailtap_portable_sha1_process(ctx, data);
  sha1_block(ctx->state, data);
  return 0;
}

int mbedtls_internal_sha256_process(mbedtls_sha256_context* ctx, const unsigned char* data) {
  if (backend() == Backend::portable) return mailtap_portable_sha256_process(ctx, data);
  sha256_block(ctx->state, data);
  return 0;
}

int mbedtls_internal_sha512_process(mbedtls_sha512_context* ctx, const unsigned char* data) {
  if (backend() == Backend::portable) return mailtap_portable_sha512_process(ctx, data);
  sha512_block(ctx->state, data);
  return 0;
}

int mailtap_backend_has_lanes();  // hkdf_lanes.c asks
int mailtap_backend_has_lanes() {
  return backend() == Backend::multibuffer && mailtap_has_sha512_lanes() != 0 ? 1 : 0;
}

}  // extern "C"
