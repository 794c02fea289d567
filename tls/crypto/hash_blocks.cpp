#define OPENSSL_SUPPRESS_DEPRECATED  // EVP has no block functions
#include "tls/crypto/hash_blocks.h"

#include <algorithm>

#include <openssl/sha.h>
#include <string.h>

namespace mailtap::crypto {

void sha1_block(std::span<std::uint32_t, 5> state, const std::uint8_t* block) {
  SHA_CTX context;
  context.h0 = state[0];
  context.h1 = state[1];
  context.h2 = state[2];
  context.h3 = state[3];
  context.h4 = state[4];
  SHA1_Transform(&context, block);
  state[0] = context.h0;
  state[1] = context.h1;
  state[2] = context.h2;
  state[3] = context.h3;
  state[4] = context.h4;
  ::explicit_bzero(&context, offsetof(SHA_CTX, Nl));
}

void sha256_block(std::span<std::uint32_t, 8> state, const std::uint8_t* block) {
  SHA256_CTX context;
  std::ranges::copy(state, context.h);
  SHA256_Transform(&context, block);
  std::ranges::copy(context.h, state.begin());
  ::explicit_bzero(context.h, sizeof(context.h));
}

void sha512_block(std::span<std::uint64_t, 8> state, const std::uint8_t* block) {
  SHA512_CTX context;
  std::ranges::copy(state, context.h);
  SHA512_Transform(&context, block);
  std::ranges::copy(context.h, state.begin());
  ::explicit_bzero(context.h, sizeof(context.h));
}

}  // namespace mailtap::crypto
