// Our X25519 against OpenSSL's, where numbers and digits are at their limits too.
#include "tls/crypto/x25519.h"

#include <catch2/catch_test_macros.hpp>
#include <utility>
#include <vector>

#include "config/base/random.h"
#include "tests/tls/crypto/hex.h"
#include "tls/crypto/libcrypto.h"

using namespace mailtap;
using namespace mailtap::crypto;
using tests::from_hex;

namespace {

constexpr std::size_t size = 32;

Buffer random_key() {
  Buffer key(size);
  REQUIRE(random_bytes(key));
  return key;
}

/// The least significant byte first, as those are that follow.
Buffer bytes(std::uint8_t first, std::uint8_t middle, std::uint8_t last) {
  Buffer all(size, middle);
  all.front() = first;
  all.back() = last;
  return all;
}

std::vector<Buffer> scalars() {
  std::vector<Buffer> all{bytes(0, 0, 0), bytes(0xff, 0xff, 0xff)};
  // Digits of four bits that carry, don't, or only just do.
  for (const std::uint8_t middle :
       {0x00, 0x01, 0x07, 0x08, 0x10, 0x70, 0x77, 0x78, 0x80, 0x87, 0x88, 0x89, 0xf8, 0xff})
    for (const std::uint8_t last : {0x40, 0x47, 0x48, 0x77, 0x78, 0x7f})
      all.push_back(bytes(middle, middle, last));
  // L, the order of the base point, and its eightfold: nothing is left of points of that order.
  all.push_back(from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"));
  for (int i = 0; i < 300; ++i) all.push_back(random_key());
  return all;
}

std::vector<Buffer> points() {
  std::vector<Buffer> all;
  for (const std::uint8_t first : {0x00, 0x01, 0x02, 0x09, 0x12, 0x13, 0xff})
    all.push_back(bytes(first, 0, 0));
  // About the modulus, with the highest bit and without, and all limbs full.
  for (int first = 0xda; first <= 0xff; ++first)
    for (const std::uint8_t last : {0x7f, 0xff})
      all.push_back(bytes(static_cast<std::uint8_t>(first), 0xff, last));
  // Of order 8, and by the modulus more.
  for (const auto* low : {"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                          "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"})
    all.push_back(from_hex(low));
  for (int i = 0; i < 100; ++i) all.push_back(random_key());
  return all;
}

/// Those that this CPU can compute with.
std::vector<X25519Numbers> numbers() {
  std::vector<X25519Numbers> all{X25519Numbers::portable};
  if (x25519_has(X25519Numbers::adx)) all.push_back(X25519Numbers::adx);
  return all;
}

}  // namespace

TEST_CASE("A public key is OpenSSL's, whatever the scalar is") {
  for (const auto& scalar : scalars()) {
    CAPTURE(scalar);
    Buffer ours(size);
    Buffer theirs(size);
    REQUIRE(libcrypto::montgomery_public_key(scalar, theirs));
    for (const auto kind : numbers()) {
      CHECK(x25519_public_key(scalar, ours, kind));
      CHECK(ours == theirs);
    }
  }
}

TEST_CASE("A shared secret is OpenSSL's, whatever the peer sends, and none where it has none") {
  const auto own = random_key();
  std::vector<std::pair<Buffer, Buffer>> pairs;
  for (const auto& point : points()) pairs.emplace_back(own, point);
  for (const auto& scalar : scalars()) pairs.emplace_back(scalar, random_key());
  unsigned without = 0;
  for (const auto& [scalar, point] : pairs) {
    CAPTURE(scalar, point);
    Buffer ours(size);
    Buffer theirs(size);
    const bool has_one = libcrypto::montgomery_shared_secret(scalar, point, theirs);
    for (const auto kind : numbers()) {
      CHECK(x25519_shared_secret(scalar, point, ours, kind) == has_one);
      if (has_one) CHECK(ours == theirs);
    }
    without += has_one ? 0 : 1;
  }
  CHECK(without >= 7);
}

TEST_CASE("A thousand secrets, each of the one before, come to what RFC 7748 section 5.2 says") {
  for (const auto kind : numbers()) {
    auto k = bytes(9, 0, 0);
    auto u = k;
    for (int i = 0; i < 1000; ++i) {
      Buffer next(size);
      REQUIRE(x25519_shared_secret(k, u, next, kind));
      u = std::exchange(k, next);
    }
    CHECK(k == from_hex("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"));
  }
}

TEST_CASE("A public key and a secret with the base point are the same") {
  for (int i = 0; i < 50; ++i) {
    const auto scalar = random_key();
    Buffer key(size);
    Buffer secret(size);
    for (const auto kind : numbers()) {
      CHECK(x25519_public_key(scalar, key, kind));
      CHECK(x25519_shared_secret(scalar, bytes(9, 0, 0), secret, kind));
      CHECK(key == secret);
    }
  }
}

TEST_CASE("What isn't of 32 bytes is refused") {
  Buffer whole(size);
  Buffer part(size - 1);
  CHECK_FALSE(x25519_public_key(part, whole));
  CHECK_FALSE(x25519_public_key(whole, part));
  CHECK_FALSE(x25519_shared_secret(part, whole, whole));
  CHECK_FALSE(x25519_shared_secret(whole, part, whole));
  CHECK_FALSE(x25519_shared_secret(whole, whole, part));
}
