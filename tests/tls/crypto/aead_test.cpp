// Records' ciphers and hashes as mbedTLS's callers see them, with each backend and between them.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <vector>

#include <mbedtls/chachapoly.h>
#include <mbedtls/gcm.h>
#include <mbedtls/md.h>

#include "config/base/random.h"
#include "tests/tls/crypto/backends.h"
#include "tests/tls/crypto/hex.h"

using namespace mailtap;
using namespace mailtap::tests;

namespace {

Buffer random(std::size_t size) {
  Buffer bytes(size);
  REQUIRE(random_bytes(bytes));
  return bytes;
}

struct Gcm {
  explicit Gcm(const Buffer& key, mbedtls_cipher_id_t cipher = MBEDTLS_CIPHER_ID_AES) {
    mbedtls_gcm_init(&context);
    REQUIRE(mbedtls_gcm_setkey(&context, cipher, key.data(), static_cast<unsigned>(key.size() * 8)) == 0);
  }
  ~Gcm() { mbedtls_gcm_free(&context); }
  Gcm(const Gcm&) = delete;
  Gcm& operator=(const Gcm&) = delete;

  int seal(const Buffer& nonce, const Buffer& additional, const Buffer& in, Buffer& out, Buffer& tag) {
    return mbedtls_gcm_crypt_and_tag(&context, MBEDTLS_GCM_ENCRYPT, in.size(), nonce.data(), nonce.size(),
                                     additional.data(), additional.size(), in.data(), out.data(), tag.size(),
                                     tag.data());
  }
  int open(const Buffer& nonce, const Buffer& additional, const Buffer& in, Buffer& out, const Buffer& tag) {
    return mbedtls_gcm_auth_decrypt(&context, in.size(), nonce.data(), nonce.size(), additional.data(),
                                    additional.size(), tag.data(), tag.size(), in.data(), out.data());
  }
  mbedtls_gcm_context context;
};

struct ChaCha {
  explicit ChaCha(const Buffer& key) {
    mbedtls_chachapoly_init(&context);
    REQUIRE(mbedtls_chachapoly_setkey(&context, key.data()) == 0);
  }
  ~ChaCha() { mbedtls_chachapoly_free(&context); }
  ChaCha(const ChaCha&) = delete;
  ChaCha& operator=(const ChaCha&) = delete;

  int seal(const Buffer& nonce, const Buffer& additional, const Buffer& in, Buffer& out, Buffer& tag) {
    return mbedtls_chachapoly_encrypt_and_tag(&context, in.size(), nonce.data(), additional.data(),
                                              additional.size(), in.data(), out.data(), tag.data());
  }
  int open(const Buffer& nonce, const Buffer& additional, const Buffer& in, Buffer& out, const Buffer& tag) {
    return mbedtls_chachapoly_auth_decrypt(&context, in.size(), nonce.data(), additional.data(),
                                           additional.size(), tag.data(), in.data(), out.data());
  }
  mbedtls_chachapoly_context context;
};

constexpr std::size_t sizes[] = {0, 1, 15, 16, 17, 64, 255, 256, 257, 1400, 16384};

/// What one backend seals every other opens; what is changed nowhere.
template <class Cipher>
void cross_check(const Buffer& key, std::size_t nonce_size, std::size_t tag_size) {
  for (const auto size : sizes) {
    const auto nonce = random(nonce_size);
    const auto additional = random(size % 40);
    const auto plain = random(size);
    std::vector<Buffer> sealed;
    std::vector<Buffer> tags;
    for (const auto backend : usable_backends()) {
      const WithBackend with(backend);
      Cipher cipher(key);
      Buffer out(size);
      Buffer tag(tag_size);
      REQUIRE(cipher.seal(nonce, additional, plain, out, tag) == 0);
      sealed.push_back(out);
      tags.push_back(tag);
      Buffer in_place = plain;
      REQUIRE(cipher.seal(nonce, additional, in_place, in_place, tag) == 0);
      CHECK(in_place == out);
      REQUIRE(cipher.open(nonce, additional, in_place, in_place, tag) == 0);
      CHECK(in_place == plain);
    }
    for (const auto& each : sealed) CHECK(each == sealed.front());
    for (const auto& each : tags) CHECK(each == tags.front());
    for (const auto backend : usable_backends()) {
      CAPTURE(crypto::to_string(backend), size);
      const WithBackend with(backend);
      Cipher cipher(key);
      const auto opens = [&](const Buffer& with_nonce, const Buffer& with_additional, const Buffer& in,
                             const Buffer& with_tag) {
        Buffer out(in.size(), 0xaa);
        const bool good = cipher.open(with_nonce, with_additional, in, out, with_tag) == 0;
        CHECK(out == (good ? plain : Buffer(in.size())));  // nothing unauthenticated comes out
        return good;
      };
      const auto flipped = [](Buffer bytes, std::size_t at) {
        bytes[at] ^= 0x80;
        return bytes;
      };
      CHECK(opens(nonce, additional, sealed[0], tags[0]));
      for (std::size_t at = 0; at < tag_size; ++at)
        CHECK_FALSE(opens(nonce, additional, sealed[0], flipped(tags[0], at)));
      CHECK_FALSE(opens(flipped(nonce, 0), additional, sealed[0], tags[0]));
      if (!additional.empty())
        CHECK_FALSE(opens(nonce, flipped(additional, additional.size() - 1), sealed[0], tags[0]));
      if (size == 0) continue;
      CHECK_FALSE(opens(nonce, additional, flipped(sealed[0], size - 1), tags[0]));
      CHECK_FALSE(opens(nonce, additional, Buffer(sealed[0].begin(), sealed[0].end() - 1), tags[0]));
    }
  }
}

}  // namespace

TEST_CASE("AES-GCM passes between the backends, and nothing changed opens") {
  const auto key_size = GENERATE(std::size_t{16}, std::size_t{24}, std::size_t{32});
  const auto tag_size = GENERATE(std::size_t{16}, std::size_t{12}, std::size_t{8}, std::size_t{4});
  CAPTURE(key_size, tag_size);
  cross_check<Gcm>(random(key_size), 12, tag_size);
}

TEST_CASE("AES-GCM with a nonce that TLS doesn't have is the same with each backend") {
  const auto nonce_size = GENERATE(std::size_t{1}, std::size_t{8}, std::size_t{16}, std::size_t{60});
  cross_check<Gcm>(random(32), nonce_size, 16);
}

TEST_CASE("ChaCha20-Poly1305 passes between the backends, and nothing changed opens") {
  cross_check<ChaCha>(random(32), 12, 16);
}

TEST_CASE("AES-GCM gives the results of the GCM specification, test cases 2 and 14") {
  const auto backend = GENERATE(from_range(usable_backends()));
  CAPTURE(crypto::to_string(backend));
  const WithBackend with(backend);
  Buffer out(16);
  Buffer tag(16);
  REQUIRE(Gcm(Buffer(16)).seal(Buffer(12), {}, Buffer(16), out, tag) == 0);
  CHECK(out == from_hex("0388dace60b6a392f328c2b971b2fe78"));
  CHECK(tag == from_hex("ab6e47d42cec13bdf53a67b21257bddf"));
  REQUIRE(Gcm(Buffer(32)).seal(Buffer(12), {}, Buffer(16), out, tag) == 0);
  CHECK(out == from_hex("cea7403d4d606b6e074ec5d3baf39d18"));
  CHECK(tag == from_hex("d0d1c8a799996bf0265b98b5d48ab919"));
}

TEST_CASE("ChaCha20-Poly1305 gives the result of RFC 8439 section 2.8.2") {
  const auto backend = GENERATE(from_range(usable_backends()));
  CAPTURE(crypto::to_string(backend));
  const WithBackend with(backend);
  const auto text = as_bytes(
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen "
      "would "
      "be it.");
  const Buffer plain(text.begin(), text.end());
  ChaCha cipher(from_hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"));
  Buffer out(plain.size());
  Buffer tag(16);
  REQUIRE(cipher.seal(from_hex("070000004041424344454647"), from_hex("50515253c0c1c2c3c4c5c6c7"), plain, out,
                      tag) == 0);
  out.resize(16);
  CHECK(out == from_hex("d31a8d34648e60db7b86afbc53ef7ec2"));
  CHECK(tag == from_hex("1ae10b594f09e26a7e902ecbd0600691"));
}

TEST_CASE("GCM in parts, and with Camellia, gives what a whole record gives") {
  const auto backend = GENERATE(from_range(usable_backends()));
  const auto cipher_id = GENERATE(MBEDTLS_CIPHER_ID_AES, MBEDTLS_CIPHER_ID_CAMELLIA, MBEDTLS_CIPHER_ID_ARIA);
  CAPTURE(crypto::to_string(backend), cipher_id);
  const WithBackend with(backend);
  Gcm cipher(random(16), cipher_id);
  const auto nonce = random(12);
  const auto additional = random(20);
  const auto plain = random(100);
  Buffer whole(100);
  Buffer whole_tag(16);
  REQUIRE(cipher.seal(nonce, additional, plain, whole, whole_tag) == 0);

  Buffer parts(100);
  Buffer tag(16);
  std::size_t first = 0;
  std::size_t second = 0;
  std::size_t last = 0;
  auto* context = &cipher.context;
  REQUIRE(mbedtls_gcm_starts(context, MBEDTLS_GCM_ENCRYPT, nonce.data(), nonce.size()) == 0);
  REQUIRE(mbedtls_gcm_update_ad(context, additional.data(), 7) == 0);
  REQUIRE(mbedtls_gcm_update_ad(context, additional.data() + 7, 13) == 0);
  REQUIRE(mbedtls_gcm_update(context, plain.data(), 33, parts.data(), parts.size(), &first) == 0);
  REQUIRE(mbedtls_gcm_update(context, plain.data() + 33, 67, parts.data() + first, parts.size() - first,
                             &second) == 0);
  REQUIRE(mbedtls_gcm_finish(context, nullptr, 0, &last, tag.data(), tag.size()) == 0);
  CHECK(first + second + last == 100);
  CHECK(parts == whole);
  CHECK(tag == whole_tag);
  Buffer opened(100);
  CHECK(cipher.open(nonce, additional, whole, opened, whole_tag) == 0);
  CHECK(opened == plain);
}

TEST_CASE("a cipher that gets another key computes with that, and without a key not at all") {
  const auto backend = GENERATE(from_range(usable_backends()));
  CAPTURE(crypto::to_string(backend));
  const WithBackend with(backend);
  const auto first_key = random(16);
  const auto second_key = random(32);
  const auto nonce = random(12);
  const auto plain = random(50);
  Gcm cipher(first_key);
  Buffer first(50);
  Buffer again(50);
  Buffer expected(50);
  Buffer tag(16);
  REQUIRE(cipher.seal(nonce, {}, plain, first, tag) == 0);
  REQUIRE(mbedtls_gcm_setkey(&cipher.context, MBEDTLS_CIPHER_ID_AES, second_key.data(), 256) == 0);
  REQUIRE(cipher.seal(nonce, {}, plain, again, tag) == 0);
  REQUIRE(Gcm(second_key).seal(nonce, {}, plain, expected, tag) == 0);
  CHECK(again == expected);
  CHECK(again != first);
  CHECK(mbedtls_gcm_setkey(&cipher.context, MBEDTLS_CIPHER_ID_AES, second_key.data(), 100) != 0);
  mbedtls_gcm_free(&cipher.context);
  CHECK(cipher.seal(nonce, {}, plain, again, tag) != 0);
}

TEST_CASE("hashes and their HMACs are the same with each backend, whatever the length") {
  const auto type =
      GENERATE(MBEDTLS_MD_SHA1, MBEDTLS_MD_SHA224, MBEDTLS_MD_SHA256, MBEDTLS_MD_SHA384, MBEDTLS_MD_SHA512);
  const auto* info = mbedtls_md_info_from_type(type);
  const auto key = random(40);
  for (const std::size_t size : {0, 1, 55, 56, 63, 64, 65, 111, 112, 127, 128, 129, 1000, 5000}) {
    const auto in = random(size);
    std::vector<Buffer> hashes;
    std::vector<Buffer> codes;
    for (const auto backend : usable_backends()) {
      const WithBackend with(backend);
      Buffer hash(mbedtls_md_get_size(info));
      Buffer code(hash.size());
      REQUIRE(mbedtls_md(info, in.data(), in.size(), hash.data()) == 0);
      REQUIRE(mbedtls_md_hmac(info, key.data(), key.size(), in.data(), in.size(), code.data()) == 0);
      hashes.push_back(hash);
      codes.push_back(code);
    }
    for (const auto& each : hashes) CHECK(each == hashes.front());
    for (const auto& each : codes) CHECK(each == codes.front());
  }
}
