// TLS's key derivation, whose hashing is mailtap's own inside mbedTLS, against OpenSSL's.
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <string>

#include <mbedtls/ssl.h>
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <psa/crypto.h>

#include "config/base/bytes.h"
#include "config/base/random.h"

using namespace mailtap;

// Internal to mbedTLS: ssl_tls13_keys.h, and what hooks it.
extern "C" {
int mbedtls_ssl_tls13_hkdf_expand_label(psa_algorithm_t hash, const unsigned char* secret, size_t secret_size,
                                        const unsigned char* label, size_t label_size,
                                        const unsigned char* context, size_t context_size, unsigned char* out,
                                        size_t size);
int mailtap_portable_hkdf_expand_label(psa_algorithm_t hash, const unsigned char* secret, size_t secret_size,
                                       const unsigned char* label, size_t label_size,
                                       const unsigned char* context, size_t context_size, unsigned char* out,
                                       size_t size);
}

namespace {

Buffer random_of(std::size_t size) {
  Buffer bytes(size);
  REQUIRE(random_bytes(bytes));
  return bytes;
}

OSSL_PARAM octets(const char* key, Buffer& bytes) {
  return OSSL_PARAM_construct_octet_string(key, bytes.data(), bytes.size());
}

Buffer openssl_derives(const char* kdf_name, std::array<OSSL_PARAM, 5> parameters, std::size_t size) {
  auto* const kdf = EVP_KDF_fetch(nullptr, kdf_name, nullptr);
  auto* const context = EVP_KDF_CTX_new(kdf);
  Buffer out(size);
  CHECK(EVP_KDF_derive(context, out.data(), out.size(), parameters.data()) == 1);
  EVP_KDF_CTX_free(context);
  EVP_KDF_free(kdf);
  return out;
}

struct Hash {
  psa_algorithm_t psa;
  mbedtls_tls_prf_types prf;
  std::string name;
  std::size_t size;
};
const Hash sha256{PSA_ALG_SHA_256, MBEDTLS_SSL_TLS_PRF_SHA256, "SHA256", 32};
const Hash sha384{PSA_ALG_SHA_384, MBEDTLS_SSL_TLS_PRF_SHA384, "SHA384", 48};

}  // namespace

TEST_CASE("TLS 1.2's pseudorandom function is OpenSSL's, whatever the sizes") {
  auto hash = GENERATE(sha256, sha384);
  const std::size_t secret_size = GENERATE(1U, 48U, 64U, 128U, 129U, 200U);
  const std::size_t size = GENERATE(12U, 48U, 88U, 256U);
  auto secret = random_of(secret_size);
  auto seed = random_of(64);
  const std::string label = "key expansion";
  Buffer ours(size);
  REQUIRE(mbedtls_ssl_tls_prf(hash.prf, secret.data(), secret.size(), label.c_str(), seed.data(), seed.size(),
                              ours.data(), ours.size()) == 0);
  Buffer label_and_seed(label.begin(), label.end());
  label_and_seed.insert(label_and_seed.end(), seed.begin(), seed.end());
  const auto theirs =
      openssl_derives("TLS1-PRF",
                      {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash.name.data(), 0),
                       octets(OSSL_KDF_PARAM_SECRET, secret), octets(OSSL_KDF_PARAM_SEED, label_and_seed),
                       OSSL_PARAM_construct_end()},
                      size);
  CHECK(ours == theirs);
}

TEST_CASE("TLS 1.3's HKDF-Expand-Label is OpenSSL's, and mbedTLS's own, whatever the sizes") {
  auto hash = GENERATE(sha256, sha384);
  const std::size_t size = GENERATE(12U, 32U, 48U, 49U, 200U);
  const bool has_context = GENERATE(true, false);
  const std::string label = GENERATE("key", "c hs traffic", "resumption");
  auto secret = random_of(hash.size);
  const auto context = random_of(has_context ? hash.size : 0);
  Buffer info{static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size),
              static_cast<std::uint8_t>(6 + label.size())};
  for (const char c : "tls13 " + label) info.push_back(static_cast<std::uint8_t>(c));
  info.push_back(static_cast<std::uint8_t>(context.size()));
  info.insert(info.end(), context.begin(), context.end());
  int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
  const auto theirs = openssl_derives(
      "HKDF",
      {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash.name.data(), 0),
       OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode), octets(OSSL_KDF_PARAM_KEY, secret),
       octets(OSSL_KDF_PARAM_INFO, info), OSSL_PARAM_construct_end()},
      size);
  for (const auto expand : {mbedtls_ssl_tls13_hkdf_expand_label, mailtap_portable_hkdf_expand_label}) {
    Buffer ours(size);
    REQUIRE(expand(hash.psa, secret.data(), secret.size(), as_bytes(label).data(), label.size(),
                   context.data(), context.size(), ours.data(), ours.size()) == 0);
    CHECK(ours == theirs);
  }
}

TEST_CASE("what HKDF-Expand-Label can't do is an error") {
  const auto secret = random_of(32);
  Buffer out(32);
  CHECK(mbedtls_ssl_tls13_hkdf_expand_label(PSA_ALG_NONE, secret.data(), secret.size(),
                                            as_bytes("key").data(), 3, nullptr, 0, out.data(),
                                            out.size()) != 0);
  Buffer much(std::size_t{255} * 32 + 1);
  CHECK(mbedtls_ssl_tls13_hkdf_expand_label(PSA_ALG_SHA_256, secret.data(), secret.size(),
                                            as_bytes("key").data(), 3, nullptr, 0, much.data(),
                                            much.size()) != 0);
}
