// What a server of TLS 1.2 takes for its key exchange, by the groups that the client lists.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "certs/model/identity.h"
#include "tests/tls/hello_bytes.h"
#include "tests/tls/test_identity.h"
#include "tls/numbers.h"

using namespace mailtap;
using namespace mailtap::tests;
using tls::Step;

namespace {

constexpr std::uint16_t with_ecdhe = 0xC02F, with_dhe = 0x009E, with_neither = 0x009C;  // with AES-128-GCM
constexpr std::uint16_t ffdhe_unknown = 0x01F0;

std::unique_ptr<tls::Session> server_of(KeyType key) {
  tls::ServerParameters parameters;
  parameters.identity = make_identity({.key = key, .subject = "CN=mail.example", .extensions = {}});
  return tls::make_server_session(std::move(parameters));
}

Buffer hello_with(const std::vector<std::uint16_t>& suites, const std::vector<std::uint16_t>& groups) {
  return client_hello(
      suites, std::vector<RawExtension>{{tls::extension::supported_groups, numbers16(groups)},
                                        {tls::extension::signature_algorithms, numbers16({0x0401, 0x0804})}});
}

/// Bits of the prime of the server's DHE; 0: it isn't DHE.
std::size_t prime_bits(tls::Session& server) {
  const auto messages = messages_of(server.outgoing());
  const auto exchange = message_of(messages, tls::handshake_type::server_key_exchange);
  if (server.agreed().cipher_suite != tls::CipherSuite{with_dhe} || exchange.size() < 2) return 0;
  return 8 * static_cast<std::size_t>(exchange[0] << 8 | exchange[1]);
}

}  // namespace

TEST_CASE("a client with no curve of ours gets a suite that needs none") {
  REQUIRE(tls::initialise());
  const auto curve = GENERATE(as<std::uint16_t>{}, 1, 17, 35);  // sect163k1, secp160r2, GC256B
  const auto other = GENERATE(with_dhe, with_neither);
  CAPTURE(curve, other);
  const auto server = server_of(KeyType::rsa2048);
  server->feed(hello_with({with_ecdhe, other}, {curve}));
  REQUIRE(server->handshake() == Step::want_read);
  CHECK(server->agreed().cipher_suite == tls::CipherSuite{other});
}

TEST_CASE("a client with no curve of ours and no suite without one is told by handshake_failure") {
  REQUIRE(tls::initialise());
  const auto server = server_of(KeyType::rsa2048);
  server->feed(hello_with({with_ecdhe}, {1}));
  REQUIRE(server->handshake() == Step::failed);
  CHECK(server->failure().alert == tls::alert::handshake_failure);
}

TEST_CASE("DHE has the first group of the client's that we have") {
  REQUIRE(tls::initialise());
  const auto server = server_of(KeyType::rsa2048);
  SECTION("the first") {
    server->feed(hello_with({with_dhe}, {ffdhe_unknown, tls::group::ffdhe3072, tls::group::ffdhe2048}));
    REQUIRE(server->handshake() == Step::want_read);
    CHECK(prime_bits(*server) == 3072);
  }
  SECTION("the largest that a hello may cost us") {
    server->feed(
        hello_with({with_dhe}, {tls::group::secp256r1, tls::group::ffdhe8192, tls::group::ffdhe4096}));
    REQUIRE(server->handshake() == Step::want_read);
    CHECK(prime_bits(*server) == 4096);
  }
  SECTION("none: another suite") {
    server->feed(hello_with({with_dhe, with_neither}, {ffdhe_unknown}));
    REQUIRE(server->handshake() == Step::want_read);
    CHECK(server->agreed().cipher_suite == tls::CipherSuite{with_neither});
  }
  SECTION("none, and no other suite") {
    server->feed(hello_with({with_dhe}, {ffdhe_unknown}));
    CHECK(server->handshake() == Step::failed);
    CHECK(server->failure().alert == tls::alert::insufficient_security);
  }
  SECTION("none, and no other suite that a curve allows") {
    server->feed(hello_with({with_dhe, with_ecdhe}, {tls::group::ffdhe8192, 1}));
    CHECK(server->handshake() == Step::failed);
    CHECK(server->failure().alert == tls::alert::insufficient_security);
  }
}

TEST_CASE("DHE with a client that lists no finite field group is as strong as the certificate's key") {
  REQUIRE(tls::initialise());
  const bool is_long = GENERATE(false, true);
  const auto server = server_of(is_long ? KeyType::rsa3072 : KeyType::rsa2048);
  server->feed(hello_with({with_dhe}, {tls::group::secp256r1}));
  REQUIRE(server->handshake() == Step::want_read);
  CHECK(prime_bits(*server) == (is_long ? 3072 : 2048));
}
