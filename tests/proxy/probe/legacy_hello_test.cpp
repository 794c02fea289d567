#include "proxy/probe/legacy_hello.h"

#include <catch2/catch_test_macros.hpp>
#include <numeric>

#include "config/base/text.h"
#include "tls/client_hello.h"

using namespace mailtap;
using namespace mailtap::probe;
using State = LegacyAnswer::State;

namespace {

Buffer random32() {
  Buffer random(32);
  std::iota(random.begin(), random.end(), std::uint8_t{1});
  return random;
}

Buffer operator+(Buffer a, const Buffer& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Buffer record(std::uint8_t type, const Buffer& fragment) {
  const auto size = fragment.size();
  return Buffer{type, 3, 1, static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)} + fragment;
}

Buffer message(std::uint8_t type, const Buffer& body) {
  const auto size = body.size();
  return Buffer{type, 0, static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)} + body;
}

/// As a server without extensions sends it (RFC 2246 section 7.4.1.3).
Buffer server_hello(std::uint8_t minor) {
  return message(2, Buffer{3, minor} + random32() + Buffer{0, 0x00, 0x2F, 0});
}

const Buffer certificate = message(11, {0, 0, 5, 0, 0, 2, 0xAB, 0xCD});

State fed(LegacyAnswer& answer, const Buffer& bytes, std::size_t segment = 4096) {
  auto state = State::waiting;
  for (std::size_t at = 0; at < bytes.size() && state == State::waiting; at += segment)
    state = answer.feed(Bytes(bytes).subspan(at, std::min(segment, bytes.size() - at)));
  return state;
}

}  // namespace

TEST_CASE("the hello offers one old version, old cipher suites and the name") {
  const auto bytes = make_legacy_hello(tls10, "mail.contoso.com", random32());
  const auto hello = tls::parse_client_hello(bytes);
  REQUIRE(hello);
  REQUIRE(hello->has_value());
  CHECK((*hello)->size == bytes.size());
  CHECK((*hello)->highest_version() == tls10);
  CHECK((*hello)->sni == "mail.contoso.com");
  CHECK((*hello)->random == random32());
  CHECK((*hello)->extensions == std::vector<std::uint16_t>{0, 10, 11});
  CHECK((*hello)->cipher_suites.size() == 19);
}

TEST_CASE("without a name, or with an address, the hello has no SNI") {
  for (const auto* name : {"", "192.0.2.1", "2001:db8::1"}) {
    const auto hello = tls::parse_client_hello(make_legacy_hello(tls11, name, random32()));
    REQUIRE(hello);
    REQUIRE(hello->has_value());
    CHECK((*hello)->highest_version() == tls11);
    CHECK((*hello)->extensions == std::vector<std::uint16_t>{10, 11});
  }
}

TEST_CASE("a server that answers in the version speaks it, and its certificates are read") {
  for (const std::size_t segment : {1, 9, 4096}) {
    LegacyAnswer answer(tls10);
    CHECK(fed(answer, record(22, server_hello(1) + certificate), segment) == State::spoken);
    CHECK(answer.cipher_suite() == 0x002F);
    CHECK(answer.chain() == std::vector<Buffer>{{0xAB, 0xCD}});
  }
}

TEST_CASE("a hello alone is enough to know when the stream ends") {
  LegacyAnswer answer(tls10);
  CHECK(fed(answer, record(22, server_hello(1))) == State::waiting);
  CHECK(answer.end() == State::spoken);
  CHECK(LegacyAnswer(tls10).end() == State::waiting);
}

TEST_CASE("a server that answers in another version doesn't speak the one asked for") {
  LegacyAnswer answer(tls11);
  CHECK(fed(answer, record(22, server_hello(1))) == State::refused);
  CHECK(answer.refusal() == "it answered in TLSv1.0");
}

TEST_CASE("an alert is a refusal, a warning before the hello is none") {
  LegacyAnswer refused(tls10);
  CHECK(fed(refused, record(21, {2, 70})) == State::refused);
  CHECK(refused.refusal() == "alert protocol_version (70)");
  LegacyAnswer warned(tls10);
  CHECK(fed(warned, record(21, {1, 112}) + record(22, server_hello(1) + certificate)) == State::spoken);
}

TEST_CASE("what is no TLS is told apart from a refusal") {
  const std::string greeting = "220 mail.contoso.com ESMTP\r\n";
  LegacyAnswer smtp(tls10);
  CHECK(smtp.feed(as_bytes(greeting)) == State::not_tls);
  CHECK(smtp.refusal().find("SMTP") != std::string::npos);
  LegacyAnswer noise(tls10);
  CHECK(fed(noise, {0xFF, 0xFF, 0xFF}) == State::not_tls);
  LegacyAnswer broken(tls10);
  CHECK(fed(broken, record(22, message(2, {3}))) == State::refused);
}
