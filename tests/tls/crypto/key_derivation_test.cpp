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
#include "tls/crypto/backend.h"
#include "tls/crypto/hash_blocks.h"
#include "tls/crypto/sha512_lanes.h"

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
int mbedtls_ssl_tls13_evolve_secret(psa_algorithm_t hash, const unsigned char* before,
                                    const unsigned char* input, size_t size, unsigned char* after);
int mailtap_portable_evolve_secret(psa_algorithm_t hash, const unsigned char* before,
                                   const unsigned char* input, size_t size, unsigned char* after);
struct KeySet {  // mbedtls_ssl_key_set
  unsigned char client_key[32], server_key[32], client_iv[16], server_iv[16];
  size_t key_size, iv_size;
};
int mbedtls_ssl_tls13_make_traffic_keys(psa_algorithm_t hash, const unsigned char* client_secret,
                                        const unsigned char* server_secret, size_t secret_size,
                                        size_t key_size, size_t iv_size, KeySet* keys);
struct Secrets {  // mbedtls_ssl_tls13_handshake_secrets, and mbedtls_ssl_tls13_application_secrets
  unsigned char client[PSA_HASH_MAX_SIZE], server[PSA_HASH_MAX_SIZE], exporter[PSA_HASH_MAX_SIZE],
      resumption[PSA_HASH_MAX_SIZE];
};
int mbedtls_ssl_tls13_derive_handshake_secrets(psa_algorithm_t hash, const unsigned char* secret,
                                               const unsigned char* transcript, size_t size,
                                               Secrets* derived);
int mbedtls_ssl_tls13_derive_application_secrets(psa_algorithm_t hash, const unsigned char* secret,
                                                 const unsigned char* transcript, size_t size,
                                                 Secrets* derived);
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

TEST_CASE("eight blocks hashed at once are what they are one after the other") {
  if (mailtap_has_sha512_lanes() == 0) SKIP("this CPU has no AVX-512");
  for (int round = 0; round < 50; ++round) {
    mailtap_sha512_states states{};
    std::array<std::array<std::uint64_t, 8>, mailtap_sha512_lanes> one_by_one{};
    std::array<std::array<unsigned char, mailtap_sha512_block>, mailtap_sha512_lanes> blocks{};
    for (std::size_t lane = 0; lane < blocks.size(); ++lane) {
      REQUIRE(random_bytes(blocks[lane]));
      REQUIRE(random_bytes(std::span(reinterpret_cast<std::uint8_t*>(one_by_one[lane].data()), 64)));
      for (std::size_t i = 0; i < 8; ++i) states[i][lane] = one_by_one[lane][i];
      crypto::sha512_block(one_by_one[lane], blocks[lane].data());
    }
    mailtap_sha512_in_lanes(states,
                            reinterpret_cast<const unsigned char(*)[mailtap_sha512_block]>(blocks.data()));
    for (std::size_t lane = 0; lane < blocks.size(); ++lane)
      for (std::size_t i = 0; i < 8; ++i) CHECK(states[i][lane] == one_by_one[lane][i]);
  }
}

TEST_CASE("the steps of TLS 1.3's key schedule are what mbedTLS's own code makes of them, by every backend") {
  const auto before = crypto::backend();
  for (const auto backend :
       {crypto::Backend::portable, crypto::Backend::libcrypto, crypto::Backend::multibuffer}) {
    if (!crypto::why_not(backend).empty()) continue;
    REQUIRE(crypto::set_backend(backend));
    for (const auto& hash : {sha256, sha384}) {
      const auto expanded = [&](const Buffer& secret, std::string_view label, const Buffer& context,
                                std::size_t size) {
        Buffer out(size);
        REQUIRE(mailtap_portable_hkdf_expand_label(hash.psa, secret.data(), secret.size(),
                                                   as_bytes(label).data(), label.size(), context.data(),
                                                   context.size(), out.data(), out.size()) == 0);
        return out;
      };
      const auto first = [&](const unsigned char* bytes, std::size_t size) {
        return Buffer(bytes, bytes + size);
      };
      const auto secret = random_of(hash.size);
      const auto other = random_of(hash.size);
      const auto transcript = random_of(hash.size);

      for (const std::size_t key_size : {16U, 32U}) {
        KeySet keys{};
        REQUIRE(mbedtls_ssl_tls13_make_traffic_keys(hash.psa, secret.data(), other.data(), hash.size,
                                                    key_size, 12, &keys) == 0);
        CHECK(keys.key_size == key_size);
        CHECK(keys.iv_size == 12);
        CHECK(first(keys.client_key, key_size) == expanded(secret, "key", {}, key_size));
        CHECK(first(keys.client_iv, 12) == expanded(secret, "iv", {}, 12));
        CHECK(first(keys.server_key, key_size) == expanded(other, "key", {}, key_size));
        CHECK(first(keys.server_iv, 12) == expanded(other, "iv", {}, 12));
      }

      Secrets handshake{};
      REQUIRE(mbedtls_ssl_tls13_derive_handshake_secrets(hash.psa, secret.data(), transcript.data(),
                                                         transcript.size(), &handshake) == 0);
      CHECK(first(handshake.client, hash.size) == expanded(secret, "c hs traffic", transcript, hash.size));
      CHECK(first(handshake.server, hash.size) == expanded(secret, "s hs traffic", transcript, hash.size));
      Secrets application{};
      REQUIRE(mbedtls_ssl_tls13_derive_application_secrets(hash.psa, secret.data(), transcript.data(),
                                                           transcript.size(), &application) == 0);
      CHECK(first(application.client, hash.size) == expanded(secret, "c ap traffic", transcript, hash.size));
      CHECK(first(application.server, hash.size) == expanded(secret, "s ap traffic", transcript, hash.size));
      CHECK(first(application.exporter, hash.size) == expanded(secret, "exp master", transcript, hash.size));

      // Early, Handshake and Master Secret, without and with a pre-shared key.
      const auto shared = random_of(32);
      const auto pre_shared = random_of(hash.size);
      for (const auto& input : {Buffer{}, pre_shared}) {
        Buffer now(hash.size), expected(hash.size), next(hash.size);
        REQUIRE(mbedtls_ssl_tls13_evolve_secret(hash.psa, nullptr, input.data(), input.size(), now.data()) ==
                0);
        REQUIRE(mailtap_portable_evolve_secret(hash.psa, nullptr, input.data(), input.size(),
                                               expected.data()) == 0);
        CHECK(now == expected);
        for (const auto& with : {shared, Buffer{}}) {
          REQUIRE(mbedtls_ssl_tls13_evolve_secret(hash.psa, now.data(), with.data(), with.size(),
                                                  next.data()) == 0);
          REQUIRE(mailtap_portable_evolve_secret(hash.psa, now.data(), with.data(), with.size(),
                                                 expected.data()) == 0);
          CHECK(next == expected);
          now = next;
        }
      }
    }
  }
  REQUIRE(crypto::set_backend(before));
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
