#include <array>
#include <string_view>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "tls/crypto/handles.h"
#include "tls/crypto/libcrypto.h"

namespace mailtap::crypto::libcrypto {

namespace {

using Key = Handle<EVP_PKEY, EVP_PKEY_free>;
using Context = Handle<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;

constexpr std::size_t x25519_size = 32;
constexpr std::size_t x448_size = 56;

int type_of(std::size_t size) {
  return size == x25519_size ? EVP_PKEY_X25519 : size == x448_size ? EVP_PKEY_X448 : EVP_PKEY_NONE;
}

/// OpenSSL computes the public key of a private one that comes alone, which costs as much as the secret.
/// Deriving doesn't look at it, so that it gets another.
Key private_key(int type, Bytes scalar) {
  thread_local const Context x25519(EVP_PKEY_CTX_new_from_name(nullptr, "X25519", nullptr));
  thread_local const Context x448(EVP_PKEY_CTX_new_from_name(nullptr, "X448", nullptr));
  auto* context = type == EVP_PKEY_X25519 ? x25519.get() : x448.get();
  std::array<std::uint8_t, x448_size> unused{};
  const OSSL_PARAM parts[] = {
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PRIV_KEY, const_cast<std::uint8_t*>(scalar.data()),
                                        scalar.size()),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, unused.data(), scalar.size()),
      OSSL_PARAM_construct_end()};
  EVP_PKEY* key = nullptr;
  if (context == nullptr || EVP_PKEY_fromdata_init(context) != 1 ||
      EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, const_cast<OSSL_PARAM*>(parts)) != 1)
    return nullptr;
  return Key(key);
}

}  // namespace

bool montgomery_public_key(Bytes scalar, MutableBytes u) {
  const ErrorsForgotten forgotten;
  const int type = type_of(scalar.size());
  if (type == EVP_PKEY_NONE || u.size() != scalar.size()) return false;
  const Key key(EVP_PKEY_new_raw_private_key(type, nullptr, scalar.data(), scalar.size()));
  std::size_t size = u.size();
  return key && EVP_PKEY_get_raw_public_key(key.get(), u.data(), &size) == 1 && size == u.size();
}

bool montgomery_shared_secret(Bytes scalar, Bytes peer_u, MutableBytes u) {
  const ErrorsForgotten forgotten;
  const int type = type_of(scalar.size());
  if (type == EVP_PKEY_NONE || peer_u.size() != scalar.size() || u.size() != scalar.size()) return false;
  const auto key = private_key(type, scalar);
  const Key peer(EVP_PKEY_new_raw_public_key(type, nullptr, peer_u.data(), peer_u.size()));
  const Context context(key ? EVP_PKEY_CTX_new(key.get(), nullptr) : nullptr);
  std::size_t size = u.size();
  // Refuses a result of zero, which a point of low order gives (RFC 7748 section 6.1).
  return peer && context && EVP_PKEY_derive_init(context.get()) == 1 &&
         EVP_PKEY_derive_set_peer(context.get(), peer.get()) == 1 &&
         EVP_PKEY_derive(context.get(), u.data(), &size) == 1 && size == u.size();
}

}  // namespace mailtap::crypto::libcrypto
