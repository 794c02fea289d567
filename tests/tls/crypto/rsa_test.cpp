// RSA as mbedTLS's callers see it, with each backend.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <map>
#include <thread>
#include <vector>

#include <mbedtls/rsa.h>

#include "config/base/random.h"
#include "tests/tls/crypto/backends.h"
#include "tests/tls/crypto/rsa_key.h"

using namespace mailtap;
using namespace mailtap::tests;

namespace {

struct Rsa {
  explicit Rsa(const RsaNumbers& key) {
    mbedtls_rsa_init(&context);
    REQUIRE(mbedtls_rsa_import_raw(&context, key.n.data(), key.n.size(), key.p.data(), key.p.size(),
                                   key.q.data(), key.q.size(), key.d.data(), key.d.size(), key.e.data(),
                                   key.e.size()) == 0);
    REQUIRE(mbedtls_rsa_complete(&context) == 0);
  }
  ~Rsa() { mbedtls_rsa_free(&context); }
  Rsa(const Rsa&) = delete;
  Rsa& operator=(const Rsa&) = delete;
  mbedtls_rsa_context context;
};

Buffer random(std::size_t size) {
  Buffer bytes(size);
  REQUIRE(random_bytes(bytes));
  return bytes;
}

/// Made once: the large ones take a second.
const RsaNumbers& key_of(unsigned bits, std::uint64_t exponent = 65537) {
  static std::map<std::pair<unsigned, std::uint64_t>, RsaNumbers> keys;
  const auto found = keys.find({bits, exponent});
  return found != keys.end()
             ? found->second
             : keys.emplace(std::pair(bits, exponent), make_rsa(bits, exponent)).first->second;
}

struct Case {
  unsigned bits;
  std::uint64_t exponent;
};
const Case cases[] = {{1024, 65537}, {2048, 65537}, {3072, 65537}, {4096, 65537}, {1024, 3},
                      {2048, 17},    {1536, 65537}, {1031, 65537}, {2047, 65537}, {2048, 0x100000001}};

int raw(Rsa& rsa, bool by_private, const Buffer& in, Buffer& out) {
  return by_private ? mbedtls_rsa_private(&rsa.context, random_for_mbedtls, nullptr, in.data(), out.data())
                    : mbedtls_rsa_public(&rsa.context, in.data(), out.data());
}

}  // namespace

TEST_CASE("every backend's RSA is every other's, of every size and exponent") {
  const auto& what = GENERATE(from_range(std::begin(cases), std::end(cases)));
  CAPTURE(what.bits, what.exponent);
  const auto& numbers = key_of(what.bits, what.exponent);
  Rsa rsa(numbers);
  const auto size = numbers.n.size();
  auto block = random(size);
  block[0] = 0;
  std::vector<Buffer> results;
  for (const auto backend : usable_backends()) {
    CAPTURE(crypto::to_string(backend));
    const WithBackend with(backend);
    Buffer out(size);
    REQUIRE(raw(rsa, true, block, out) == 0);
    Buffer back(size);
    REQUIRE(raw(rsa, false, out, back) == 0);
    CHECK(back == block);
    Buffer in_place = block;
    REQUIRE(raw(rsa, true, in_place, in_place) == 0);
    CHECK(in_place == out);
    results.push_back(out);
    // The modulus and what is above it are no blocks.
    CHECK(raw(rsa, true, numbers.n, out) != 0);
    CHECK(raw(rsa, false, numbers.n, out) != 0);
    CHECK(raw(rsa, false, Buffer(size, 0xff), out) != 0);
  }
  for (const auto& each : results) CHECK(each == results.front());
}

TEST_CASE(
    "RSA signatures and ciphertexts of both paddings pass between the backends, and damaged ones don't") {
  const auto signer = GENERATE(from_range(usable_backends()));
  const auto verifier = GENERATE(from_range(usable_backends()));
  const auto padding = GENERATE(MBEDTLS_RSA_PKCS_V15, MBEDTLS_RSA_PKCS_V21);
  CAPTURE(crypto::to_string(signer), crypto::to_string(verifier), padding);
  Rsa rsa(key_of(2048));
  mbedtls_rsa_set_padding(&rsa.context, padding, MBEDTLS_MD_SHA256);
  auto hash = random(32);
  Buffer signature(256);
  Buffer secret = random(48);
  Buffer encrypted(256);
  {
    const WithBackend with(signer);
    REQUIRE(mbedtls_rsa_pkcs1_sign(&rsa.context, random_for_mbedtls, nullptr, MBEDTLS_MD_SHA256, 32,
                                   hash.data(), signature.data()) == 0);
    REQUIRE(mbedtls_rsa_pkcs1_encrypt(&rsa.context, random_for_mbedtls, nullptr, secret.size(), secret.data(),
                                      encrypted.data()) == 0);
  }
  const WithBackend with(verifier);
  const auto verifies = [&] {
    return mbedtls_rsa_pkcs1_verify(&rsa.context, MBEDTLS_MD_SHA256, 32, hash.data(), signature.data()) == 0;
  };
  CHECK(verifies());
  for (const std::size_t at : {std::size_t{1}, std::size_t{128}, std::size_t{255}}) {
    signature[at] ^= 1;
    CHECK_FALSE(verifies());
    signature[at] ^= 1;
  }
  hash[31] ^= 1;
  CHECK_FALSE(verifies());
  const auto good = signature;
  signature.assign(256, 0);
  CHECK_FALSE(verifies());
  signature = good;
  std::swap(signature.front(), signature.back());
  CHECK_FALSE(verifies());

  Buffer decrypted(256);
  std::size_t size = 0;
  const auto decrypts = [&] {
    return mbedtls_rsa_pkcs1_decrypt(&rsa.context, random_for_mbedtls, nullptr, &size, encrypted.data(),
                                     decrypted.data(), decrypted.size()) == 0;
  };
  REQUIRE(decrypts());
  decrypted.resize(size);
  CHECK(decrypted == secret);
  decrypted.resize(256);
  encrypted[200] ^= 1;
  CHECK_FALSE((decrypts() && size == secret.size()));
}

TEST_CASE("a wrong padding byte anywhere is a bad signature") {
  const auto backend = GENERATE(from_range(usable_backends()));
  CAPTURE(crypto::to_string(backend));
  const WithBackend with(backend);
  Rsa rsa(key_of(2048));
  const Buffer hash = random(32);
  Buffer signature(256);
  REQUIRE(mbedtls_rsa_pkcs1_sign(&rsa.context, random_for_mbedtls, nullptr, MBEDTLS_MD_SHA256, 32,
                                 hash.data(), signature.data()) == 0);
  Buffer encoded(256);
  REQUIRE(raw(rsa, false, signature, encoded) == 0);
  // 00 01 ff .. ff 00 DigestInfo: the first bytes, one of the ff, the zero, the algorithm, the hash.
  for (const std::size_t at : {std::size_t{1}, std::size_t{2}, std::size_t{100}, std::size_t{204},
                               std::size_t{210}, std::size_t{223}, std::size_t{224}, std::size_t{255}}) {
    CAPTURE(at);
    auto forged = encoded;
    forged[at] ^= 1;
    Buffer by_key(256);
    REQUIRE(raw(rsa, true, forged, by_key) == 0);
    CHECK(mbedtls_rsa_pkcs1_verify(&rsa.context, MBEDTLS_MD_SHA256, 32, hash.data(), by_key.data()) != 0);
  }
}

TEST_CASE("a fault in one half of a private operation never leaves with the result") {
  const auto backend = GENERATE(from_range(usable_backends()));
  const auto faulty = GENERATE(0, 1);
  CAPTURE(crypto::to_string(backend), faulty);
  const WithBackend with(backend);
  Rsa rsa(key_of(2048));
  auto& exponent = faulty == 0 ? rsa.context.MBEDTLS_PRIVATE(DP) : rsa.context.MBEDTLS_PRIVATE(DQ);
  mbedtls_mpi_add_int(&exponent, &exponent, 2);
  auto block = random(256);
  block[0] = 0;
  Buffer out(256);
  Buffer back(256);
  if (raw(rsa, true, block, out) == 0) {
    REQUIRE(raw(rsa, false, out, back) == 0);
    CHECK(back == block);  // computed again without the two halves
  } else {
    CHECK(out == Buffer(256));
  }
}

TEST_CASE("a context that gets another key computes with that") {
  const auto backend = GENERATE(from_range(usable_backends()));
  CAPTURE(crypto::to_string(backend));
  const WithBackend with(backend);
  alignas(mbedtls_rsa_context) mbedtls_rsa_context same;
  for (const auto bits : {1024U, 2048U, 1024U}) {
    const auto numbers = make_rsa(bits == 2048 ? 2048 : 1024);
    mbedtls_rsa_init(&same);
    REQUIRE(mbedtls_rsa_import_raw(&same, numbers.n.data(), numbers.n.size(), numbers.p.data(),
                                   numbers.p.size(), numbers.q.data(), numbers.q.size(), numbers.d.data(),
                                   numbers.d.size(), numbers.e.data(), numbers.e.size()) == 0);
    REQUIRE(mbedtls_rsa_complete(&same) == 0);
    auto block = random(bits / 8);
    block[0] = 0;
    Buffer out(bits / 8);
    Buffer back(bits / 8);
    REQUIRE(mbedtls_rsa_private(&same, random_for_mbedtls, nullptr, block.data(), out.data()) == 0);
    REQUIRE(mbedtls_rsa_public(&same, out.data(), back.data()) == 0);
    CHECK(back == block);
    mbedtls_rsa_free(&same);
  }
}

TEST_CASE("threads share a private key", "[threads]") {
  const auto backend = GENERATE(from_range(usable_backends()));
  CAPTURE(crypto::to_string(backend));
  const WithBackend with(backend);
  Rsa rsa(key_of(1024));
  std::vector<int> failures(4, 0);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < failures.size(); ++i)
    threads.emplace_back([&rsa, &failed = failures[i]] {
      const BatchesOfOne runner;
      for (int round = 0; round < 8; ++round) {
        Buffer block(128);
        (void)random_bytes(block);
        block[0] = 0;
        Buffer out(128);
        Buffer back(128);
        failed += raw(rsa, true, block, out) != 0 || raw(rsa, false, out, back) != 0 || back != block ? 1 : 0;
      }
    });
  for (auto& thread : threads) thread.join();
  CHECK(failures == std::vector<int>(4, 0));
}

TEST_CASE("an exponent as long as a large modulus is refused before it costs anything") {
  for (const auto backend : usable_backends()) {
    const WithBackend with(backend);
    mbedtls_rsa_context key;
    mbedtls_rsa_init(&key);
    auto n = random(1024), e = random(1024);
    for (auto* number : {&n, &e}) {
      number->front() |= 0x80;
      number->back() |= 1;
    }
    REQUIRE(mbedtls_rsa_import_raw(&key, n.data(), n.size(), nullptr, 0, nullptr, 0, nullptr, 0, e.data(),
                                   e.size()) == 0);
    REQUIRE(mbedtls_rsa_complete(&key) == 0);
    const Buffer input(1024, 1);
    Buffer output(1024);
    CHECK(mbedtls_rsa_public(&key, input.data(), output.data()) == MBEDTLS_ERR_RSA_KEY_CHECK_FAILED);
    mbedtls_rsa_free(&key);
  }
}

TEST_CASE("a power modulo a large number is the same with each backend") {
  const auto hex = [](const mbedtls_mpi& number) {
    Buffer bytes(mbedtls_mpi_size(&number));
    REQUIRE(mbedtls_mpi_write_binary(&number, bytes.data(), bytes.size()) == 0);
    return bytes;
  };
  for (const std::size_t size : {64U, 128U, 256U, 257U, 1024U}) {
    auto base = random(size), exponent = random(40), modulus = random(size);
    modulus.front() |= 0x80;
    modulus.back() |= 1;
    Buffer first;
    for (const auto backend : usable_backends()) {
      const WithBackend with(backend);
      mbedtls_mpi x, a, e, n;
      for (auto* number : {&x, &a, &e, &n}) mbedtls_mpi_init(number);
      REQUIRE(mbedtls_mpi_read_binary(&a, base.data(), base.size()) == 0);
      REQUIRE(mbedtls_mpi_read_binary(&e, exponent.data(), exponent.size()) == 0);
      REQUIRE(mbedtls_mpi_read_binary(&n, modulus.data(), modulus.size()) == 0);
      REQUIRE(mbedtls_mpi_exp_mod(&x, &a, &e, &n, nullptr) == 0);
      if (first.empty()) first = hex(x);
      CHECK(hex(x) == first);
      REQUIRE(mbedtls_mpi_exp_mod(&a, &a, &e, &n, nullptr) == 0);  // in place
      CHECK(hex(a) == first);
      for (auto* number : {&x, &a, &e, &n}) mbedtls_mpi_free(number);
    }
  }
}
