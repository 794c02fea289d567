// PSA's elliptic curves, which TLS 1.3 makes its ephemeral keys with: the entry points of mbedTLS's driver
// for P-256 (MBEDTLS_PSA_P256M_DRIVER_ENABLED), key agreement on the other curves and the making of keys
// (ecdh_interposable.h).
// Public keys of every curve pass here, and reach no ALT function. What is answered with
// PSA_ERROR_NOT_SUPPORTED goes PSA's own way, mostly to hooks_ec.cpp.
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include <algorithm>
#include <array>

#include <psa/crypto.h>
extern "C" {  // they don't say so themselves
#include <mbedtls/constant_time.h>
#include <mbedtls/psa_util.h>
}

#include "tls/crypto/backend.h"
#include "tls/mbedtls/crypto/groups.h"
#include "tls/mbedtls/crypto/numbers.h"

extern "C" {
// Declared in mbedTLS's 3rdparty folder, which is no include path of ours.
psa_status_t p256_transparent_import_key(const psa_key_attributes_t*, const uint8_t* data, size_t data_length,
                                         uint8_t* key_buffer, size_t key_buffer_size,
                                         size_t* key_buffer_length, size_t* bits);
psa_status_t p256_transparent_export_public_key(const psa_key_attributes_t*, const uint8_t* key_buffer,
                                                size_t key_buffer_size, uint8_t* data, size_t data_size,
                                                size_t* data_length);
psa_status_t p256_transparent_generate_key(const psa_key_attributes_t*, uint8_t* key_buffer,
                                           size_t key_buffer_size, size_t* key_buffer_length);
psa_status_t p256_transparent_key_agreement(const psa_key_attributes_t*, const uint8_t* key_buffer,
                                            size_t key_buffer_size, psa_algorithm_t, const uint8_t* peer_key,
                                            size_t peer_key_length, uint8_t* shared_secret,
                                            size_t shared_secret_size, size_t* shared_secret_length);
psa_status_t p256_transparent_sign_hash(const psa_key_attributes_t*, const uint8_t* key_buffer,
                                        size_t key_buffer_size, psa_algorithm_t, const uint8_t* hash,
                                        size_t hash_length, uint8_t* signature, size_t signature_size,
                                        size_t* signature_length);
psa_status_t p256_transparent_verify_hash(const psa_key_attributes_t*, const uint8_t* key_buffer,
                                          size_t key_buffer_size, psa_algorithm_t, const uint8_t* hash,
                                          size_t hash_length, const uint8_t* signature,
                                          size_t signature_length);

// mbedTLS's own (ecdh_interposable.h), and what takes its place.
psa_status_t mailtap_portable_psa_ecdh(const psa_key_attributes_t*, const uint8_t* key_buffer,
                                       size_t key_buffer_size, psa_algorithm_t, const uint8_t* peer_key,
                                       size_t peer_key_length, uint8_t* shared_secret,
                                       size_t shared_secret_size, size_t* shared_secret_length);
psa_status_t mbedtls_psa_key_agreement_ecdh(const psa_key_attributes_t*, const uint8_t* key_buffer,
                                            size_t key_buffer_size, psa_algorithm_t, const uint8_t* peer_key,
                                            size_t peer_key_length, uint8_t* shared_secret,
                                            size_t shared_secret_size, size_t* shared_secret_length);
psa_status_t mailtap_portable_psa_ecp_generate_key(const psa_key_attributes_t*, uint8_t* key_buffer,
                                                   size_t key_buffer_size, size_t* key_buffer_length);
psa_status_t mbedtls_psa_ecp_generate_key(const psa_key_attributes_t*, uint8_t* key_buffer,
                                          size_t key_buffer_size, size_t* key_buffer_length);
}

using namespace mailtap;
using namespace mailtap::crypto;

namespace {

constexpr std::uint8_t uncompressed = 0x04;  // SEC 1 section 2.3.3

/// The public half of the spare key that was taken last: TLS 1.3 asks for it next, and it is forgotten.
class TakenKey {
 public:
  ~TakenKey() { erase(); }

  template <class Curve>
  bool take(const Curve& by, MutableBytes scalar, MutableBytes public_key) {
    erase();
    if (scalar.size() > scalar_.size() || public_key.size() > public_key_.size() ||
        !by.spare_key(scalar, public_key))
      return false;
    std::ranges::copy(scalar, scalar_.begin());
    std::ranges::copy(public_key, public_key_.begin());
    scalar_size_ = scalar.size();
    return true;
  }
  /// Once, and only by who has its private half.
  bool give(Bytes scalar, MutableBytes public_key) {
    if (scalar_size_ == 0 || scalar.size() != scalar_size_ || public_key.size() > public_key_.size() ||
        mbedtls_ct_memcmp(scalar.data(), scalar_.data(), scalar.size()) != 0)
      return false;
    std::copy_n(public_key_.begin(), public_key.size(), public_key.begin());
    erase();
    return true;
  }

 private:
  void erase() {
    if (scalar_size_ != 0) ::explicit_bzero(scalar_.data(), scalar_.size());
    scalar_size_ = 0;
  }
  std::size_t scalar_size_ = 0;
  std::array<std::uint8_t, max_scalar> scalar_{};
  std::array<std::uint8_t, max_point> public_key_{};
};

TakenKey& taken_key() {
  thread_local TakenKey key;
  return key;
}

template <class Curve>
bool generate_spare(const Curve& by, std::size_t scalar_size, std::size_t public_size, MutableBytes key) {
  std::array<std::uint8_t, max_point> point{};
  return key.size() >= scalar_size &&
         taken_key().take(by, key.first(scalar_size), MutableBytes(point).first(public_size));
}

psa_status_t public_key(const Weierstrass& by, Bytes scalar, MutableBytes out, std::size_t& size) {
  size = 1 + 2 * by.widths.coordinate;
  if (out.size() < size) return PSA_ERROR_BUFFER_TOO_SMALL;
  out[0] = uncompressed;
  const auto xy = out.subspan(1, size - 1);
  return taken_key().give(scalar, xy) || by.public_key(scalar, xy) ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT;
}

psa_status_t public_key(const Montgomery& by, Bytes scalar, MutableBytes out, std::size_t& size) {
  size = by.size;
  if (out.size() < size) return PSA_ERROR_BUFFER_TOO_SMALL;
  const auto u = out.first(size);
  return taken_key().give(scalar, u) || by.public_key(scalar, u) ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT;
}

psa_status_t agree(const Weierstrass& by, Bytes scalar, Bytes peer, MutableBytes secret, std::size_t& size) {
  const auto width = by.widths.coordinate;
  if (peer.size() != 1 + 2 * width || peer[0] != uncompressed) return PSA_ERROR_INVALID_ARGUMENT;
  if (secret.size() < width) return PSA_ERROR_BUFFER_TOO_SMALL;
  if (!by.shared_secret(scalar, peer.subspan(1), secret.first(width))) return PSA_ERROR_INVALID_ARGUMENT;
  size = width;
  return PSA_SUCCESS;
}

psa_status_t agree(const Montgomery& by, Bytes scalar, Bytes peer, MutableBytes secret, std::size_t& size) {
  if (peer.size() != by.size) return PSA_ERROR_INVALID_ARGUMENT;
  if (secret.size() < by.size) return PSA_ERROR_BUFFER_TOO_SMALL;
  std::array<std::uint8_t, max_point> u{};
  std::ranges::copy(peer, u.begin());
  constexpr std::size_t x25519_size = 32;
  if (by.size == x25519_size) u[by.size - 1] &= 0x7f;  // RFC 7748 section 5: the highest bit is ignored
  if (!by.shared_secret(scalar, Bytes(u).first(by.size), secret.first(by.size)))
    return PSA_ERROR_INVALID_ARGUMENT;
  size = by.size;
  return PSA_SUCCESS;
}

mbedtls_ecp_group_id group_of(const psa_key_attributes_t* attributes) {
  return mbedtls_ecc_group_from_psa(PSA_KEY_TYPE_ECC_GET_FAMILY(psa_get_key_type(attributes)),
                                    psa_get_key_bits(attributes));
}

}  // namespace

extern "C" {

psa_status_t p256_transparent_import_key(const psa_key_attributes_t* /*attributes*/, const uint8_t* /*data*/,
                                         size_t /*data_length*/, uint8_t* /*key_buffer*/,
                                         size_t /*key_buffer_size*/, size_t* /*key_buffer_length*/,
                                         size_t* /*bits*/) {
  return PSA_ERROR_NOT_SUPPORTED;
}

psa_status_t p256_transparent_export_public_key(const psa_key_attributes_t* attributes,
                                                const uint8_t* key_buffer, size_t key_buffer_size,
                                                uint8_t* data, size_t data_size, size_t* data_length) {
  const auto type = psa_get_key_type(attributes);
  if (!PSA_KEY_TYPE_IS_ECC_KEY_PAIR(type)) return PSA_ERROR_NOT_SUPPORTED;
  const auto group = group_of(attributes);
  if (const auto by = weierstrass(group))
    return public_key(*by, {key_buffer, key_buffer_size}, {data, data_size}, *data_length);
  if (const auto by = montgomery(group))
    return public_key(*by, {key_buffer, key_buffer_size}, {data, data_size}, *data_length);
  return PSA_ERROR_NOT_SUPPORTED;
}

psa_status_t p256_transparent_generate_key(const psa_key_attributes_t* /*attributes*/,
                                           uint8_t* /*key_buffer*/, size_t /*key_buffer_size*/,
                                           size_t* /*key_buffer_length*/) {
  return PSA_ERROR_NOT_SUPPORTED;
}

psa_status_t p256_transparent_key_agreement(const psa_key_attributes_t* /*attributes*/,
                                            const uint8_t* key_buffer, size_t key_buffer_size,
                                            psa_algorithm_t /*algorithm*/, const uint8_t* peer_key,
                                            size_t peer_key_length, uint8_t* shared_secret,
                                            size_t shared_secret_size, size_t* shared_secret_length) {
  const auto by = weierstrass(MBEDTLS_ECP_DP_SECP256R1);
  if (!by) return PSA_ERROR_NOT_SUPPORTED;
  return agree(*by, {key_buffer, key_buffer_size}, {peer_key, peer_key_length},
               {shared_secret, shared_secret_size}, *shared_secret_length);
}

psa_status_t mbedtls_psa_ecp_generate_key(const psa_key_attributes_t* attributes, uint8_t* key_buffer,
                                          size_t key_buffer_size, size_t* key_buffer_length) {
  const MutableBytes key(key_buffer, key_buffer_size);
  const auto group = group_of(attributes);
  if (const auto by = weierstrass(group);
      by && generate_spare(*by, by->widths.scalar, 2 * by->widths.coordinate, key)) {
    *key_buffer_length = by->widths.scalar;
    return PSA_SUCCESS;
  }
  if (const auto by = montgomery(group); by && generate_spare(*by, by->size, by->size, key)) {
    *key_buffer_length = by->size;
    return PSA_SUCCESS;
  }
  return mailtap_portable_psa_ecp_generate_key(attributes, key_buffer, key_buffer_size, key_buffer_length);
}

/// Without mbedTLS's numbers between the key's bytes and the backend's.
psa_status_t mbedtls_psa_key_agreement_ecdh(const psa_key_attributes_t* attributes, const uint8_t* key_buffer,
                                            size_t key_buffer_size, psa_algorithm_t algorithm,
                                            const uint8_t* peer_key, size_t peer_key_length,
                                            uint8_t* shared_secret, size_t shared_secret_size,
                                            size_t* shared_secret_length) {
  const auto type = psa_get_key_type(attributes);
  if (!PSA_KEY_TYPE_IS_ECC_KEY_PAIR(type) || !PSA_ALG_IS_ECDH(algorithm)) return PSA_ERROR_INVALID_ARGUMENT;
  const Bytes scalar(key_buffer, key_buffer_size);
  const Bytes peer(peer_key, peer_key_length);
  const MutableBytes secret(shared_secret, shared_secret_size);
  const auto group = group_of(attributes);
  if (const auto by = weierstrass(group)) return agree(*by, scalar, peer, secret, *shared_secret_length);
  if (const auto by = montgomery(group)) return agree(*by, scalar, peer, secret, *shared_secret_length);
  return mailtap_portable_psa_ecdh(attributes, key_buffer, key_buffer_size, algorithm, peer_key,
                                   peer_key_length, shared_secret, shared_secret_size, shared_secret_length);
}

psa_status_t p256_transparent_sign_hash(const psa_key_attributes_t* /*attributes*/,
                                        const uint8_t* /*key_buffer*/, size_t /*key_buffer_size*/,
                                        psa_algorithm_t /*algorithm*/, const uint8_t* /*hash*/,
                                        size_t /*hash_length*/, uint8_t* /*signature*/,
                                        size_t /*signature_size*/, size_t* /*signature_length*/) {
  return PSA_ERROR_NOT_SUPPORTED;
}

psa_status_t p256_transparent_verify_hash(const psa_key_attributes_t* /*attributes*/,
                                          const uint8_t* /*key_buffer*/, size_t /*key_buffer_size*/,
                                          psa_algorithm_t /*algorithm*/, const uint8_t* /*hash*/,
                                          size_t /*hash_length*/, const uint8_t* /*signature*/,
                                          size_t /*signature_length*/) {
  return PSA_ERROR_NOT_SUPPORTED;
}

}  // extern "C"
