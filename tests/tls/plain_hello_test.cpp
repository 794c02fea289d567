// Hellos without extensions, of either side (RFC 5246 sections 7.4.1.2 and 7.4.1.3).
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "certs/model/identity.h"
#include "tests/tls/hello_bytes.h"
#include "tests/tls/test_identity.h"
#include "tls/names.h"

using namespace mailtap;
using namespace mailtap::tests;
using tls::Step;

namespace {

constexpr auto rsa_aes128_sha = tls::suite::TLS_RSA_WITH_AES_128_CBC_SHA;
constexpr auto ecdhe_rsa_aes128_sha = tls::suite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA;
constexpr auto ecdhe_ecdsa_aes128_sha = tls::suite::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA;
using tls::handshake_type::server_key_exchange;

}  // namespace

TEST_CASE("a client hello without extensions, or with none in the block, is answered with TLS 1.2") {
  REQUIRE(tls::initialise());
  const auto suite = GENERATE(rsa_aes128_sha, ecdhe_rsa_aes128_sha, ecdhe_ecdsa_aes128_sha);
  const bool has_block = GENERATE(false, true);
  const bool by_byte = GENERATE(false, true);
  CAPTURE(tls::cipher_suite_name(suite), has_block, by_byte);
  tls::ServerParameters parameters;
  const auto key = suite == ecdhe_ecdsa_aes128_sha ? KeyType::p256 : KeyType::rsa2048;
  parameters.identity = make_identity({.key = key, .subject = "CN=mail.example", .extensions = {}});
  const auto server = tls::make_server_session(std::move(parameters));
  const auto hello =
      client_hello({suite}, has_block ? std::optional(std::vector<RawExtension>{}) : std::nullopt);
  if (by_byte) {
    for (const auto byte : hello) {
      server->feed({&byte, 1});
      REQUIRE(server->handshake() == Step::want_read);
    }
  } else {
    server->feed(hello);
    REQUIRE(server->handshake() == Step::want_read);
  }
  CHECK(server->agreed().version == tls::Version::tls12);
  CHECK(server->agreed().cipher_suite == suite);
  const auto messages = messages_of(server->outgoing());
  const auto exchange = message_of(messages, server_key_exchange);
  if (suite == rsa_aes128_sha) {
    CHECK(exchange.empty());
    return;
  }
  // A named curve that everybody has, and SHA-1, which is meant when no algorithm is listed.
  REQUIRE(exchange.size() > 4);
  CHECK(exchange[0] == 3);
  CHECK((exchange[1] << 8 | exchange[2]) == 0x0017);
  const auto signature = exchange.subspan(4 + exchange[3]);
  CHECK(signature[0] == 2);
  CHECK(signature[1] == (suite == ecdhe_rsa_aes128_sha ? 1 : 3));
}

TEST_CASE("a client hello that ends in the middle of its extensions is still refused") {
  REQUIRE(tls::initialise());
  tls::ServerParameters parameters;
  parameters.identity = make_identity();
  const auto server = tls::make_server_session(std::move(parameters));
  auto hello = client_hello({rsa_aes128_sha}, std::vector<RawExtension>{});
  hello.pop_back();
  --hello[4];
  --hello[8];
  server->feed(hello);
  CHECK(server->handshake() == Step::failed);
}

TEST_CASE("a server hello without extensions is taken") {
  REQUIRE(tls::initialise());
  const bool has_block = GENERATE(false, true);
  const auto made = make_certificate({.key = KeyType::rsa2048, .subject = "CN=old", .extensions = {}});
  const auto client = tls::make_client_session({});
  REQUIRE(client->handshake() == Step::want_read);
  client->consume_outgoing(client->outgoing().size());

  Buffer hello{3, 3};
  hello.resize(34, 7);
  hello.push_back(0);
  put16(hello, rsa_aes128_sha);
  hello.push_back(0);
  if (has_block) put16(hello, 0);
  Buffer certificate{0};
  put16(certificate, made.der.size() + 3);
  certificate.push_back(0);
  put16(certificate, made.der.size());
  certificate.insert(certificate.end(), made.der.begin(), made.der.end());
  client->feed(in_records(2, hello));
  client->feed(in_records(11, certificate));
  client->feed(in_records(14, {}));
  CHECK(client->handshake() == Step::want_read);
  INFO(client->failure().detail);
  CHECK(client->agreed().version == tls::Version::tls12);
  const auto records = records_of(client->outgoing());
  REQUIRE(!records.empty());
  CHECK(records[0].fragment[0] == tls::handshake_type::client_key_exchange);
}
