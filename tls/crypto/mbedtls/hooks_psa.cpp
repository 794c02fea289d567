// PSA's elliptic curves, which TLS 1.3 makes its ephemeral keys with: the entry points of mbedTLS's driver
// for P-256 (MBEDTLS_PSA_P256M_DRIVER_ENABLED). Public keys of every curve pass here, and reach no ALT
// function. What is answered with PSA_ERROR_NOT_SUPPORTED goes PSA's own way, mostly to hooks_ec.cpp.
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include <algorithm>

#include <psa/crypto.h>
extern "C" {
#include <mbedtls/psa_util.h>  // doesn't say so itself
}

#include "tls/crypto/backend.h"
#include "tls/crypto/mbedtls/groups.h"
#include "tls/crypto/mbedtls/numbers.h"

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
}

using namespace mailtap;
using namespace mailtap::crypto;

namespace {

constexpr std::uint8_t uncompressed = 0x04;  // SEC 1 section 2.3.3

psa_status_t public_key(const Weierstrass& by, Bytes scalar, MutableBytes out, std::size_t& size) {
  size = 1 + 2 * by.widths.coordinate;
  if (out.size() < size) return PSA_ERROR_BUFFER_TOO_SMALL;
  out[0] = uncompressed;
  return by.public_key(scalar, out.subspan(1, size - 1)) ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT;
}

psa_status_t public_key(const Montgomery& by, Bytes scalar, MutableBytes out, std::size_t& size) {
  size = by.size;
  if (out.size() < size) return PSA_ERROR_BUFFER_TOO_SMALL;
  return by.public_key(scalar, out.first(size)) ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT;
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
  const auto group =
      mbedtls_ecc_group_from_psa(PSA_KEY_TYPE_ECC_GET_FAMILY(type), psa_get_key_bits(attributes));
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
  const auto width = by->widths.coordinate;
  if (peer_key_length != 1 + 2 * width || peer_key[0] != uncompressed) return PSA_ERROR_INVALID_ARGUMENT;
  if (shared_secret_size < width) return PSA_ERROR_BUFFER_TOO_SMALL;
  const MutableBytes x(shared_secret, width);
  if (!by->shared_secret({key_buffer, key_buffer_size}, Bytes(peer_key, peer_key_length).subspan(1), x))
    return PSA_ERROR_INVALID_ARGUMENT;
  *shared_secret_length = width;
  return PSA_SUCCESS;
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
