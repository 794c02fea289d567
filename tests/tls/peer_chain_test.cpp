#include "tls/engine/peer_chain.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/tls/pair.h"
#include "tests/tls/test_identity.h"
#include "tls/alert.h"

using namespace mailtap;
using namespace mailtap::tests;
using tls::Version;

namespace {

// 2.5.29.30 with an excluded subtree, and 1.3.6.1.4.1.99999.1, which nobody knows; both critical.
const Extension name_constraints{
    .oid = {0x55, 0x1D, 0x1E},
    .value = {0x30, 0x0C, 0xA1, 0x0A, 0x30, 0x08, 0x82, 0x06, 'b', 'a', 'd', '.', 'i', 'o'},
    .critical = true};
const Extension unknown{
    .oid = {0x2B, 0x06, 0x01, 0x04, 0x01, 0x86, 0x8D, 0x1F, 0x01}, .value = {0x05, 0x00}, .critical = true};

Pair pair_of(Version version, certs::IdentityPtr identity) {
  tls::ClientParameters client;
  client.min_version = version;
  client.max_version = version;
  tls::ServerParameters server;
  server.identity = std::move(identity);
  return {std::move(client), std::move(server)};
}

certs::IdentityPtr with(std::vector<Extension> of_leaf, const std::vector<Buffer>& more) {
  return make_identity({.key = KeyType::p256, .subject = "CN=leaf", .extensions = std::move(of_leaf)}, more);
}

}  // namespace

TEST_CASE(
    "critical name constraints and unknown critical extensions reach the verdict, on leaf and intermediate") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  const auto intermediate =
      make_certificate({.key = KeyType::p256, .subject = "CN=ca", .extensions = {name_constraints, unknown}})
          .der;
  auto pair = pair_of(version, with({unknown, name_constraints}, {intermediate}));
  pair.shake_hands();
  REQUIRE(pair.established());
  REQUIRE(pair.client->peer_chain().size() == 2);
  CHECK(pair.client->peer_chain()[1] == intermediate);
}

TEST_CASE("a garbage intermediate is recorded and doesn't end the handshake") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  const auto intermediate =
      make_certificate({.key = KeyType::p256, .subject = "CN=to be destroyed", .extensions = {}}).der;
  auto identity = with({}, {intermediate});
  // The server sends what its chain holds: the raw bytes are ours to damage.
  auto& raw = identity->chain()->next->raw;
  std::fill(raw.p, raw.p + 40, std::uint8_t{0xFF});
  auto pair = pair_of(version, identity);
  pair.shake_hands();
  REQUIRE(pair.established());
  REQUIRE(pair.client->peer_chain().size() == 2);
  CHECK(pair.client->peer_chain()[1] == Buffer(raw.p, raw.p + raw.len));
}

TEST_CASE(
    "a leaf with a malformed extension, or a signature of an unknown kind, is recorded and doesn't end the "
    "handshake") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  const Extension policies{.oid = {0x55, 0x1D, 0x20},
                           .value = {0x30, 0x06, 0x30, 0x04, 0x06, 0x02, 0x2A, 0x03}};
  const bool in_extension = GENERATE(true, false);
  auto identity = with({policies}, {});
  // The server sends the raw bytes, and has parsed them already: they are ours to damage.
  auto& raw = identity->chain()->raw;
  const Buffer sought = in_extension ? Buffer{0x30, 0x06, 0x30, 0x04, 0x06, 0x02, 0x2A, 0x03}
                                     : Buffer{0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02};
  for (auto* at = raw.p;
       (at = std::search(at, raw.p + raw.len, sought.begin(), sought.end())) != raw.p + raw.len;)
    *(in_extension ? at : at + sought.size() - 1) = 0x7F;
  auto pair = pair_of(version, identity);
  pair.shake_hands();
  REQUIRE(pair.established());
  REQUIRE(pair.client->peer_chain().size() == 1);
  CHECK(pair.client->peer_chain()[0] == Buffer(raw.p, raw.p + raw.len));
}

TEST_CASE("a garbage leaf ends the handshake with bad_certificate, and is recorded") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  auto identity = with({}, {});
  auto& raw = identity->chain()->raw;
  std::fill(raw.p, raw.p + 40, std::uint8_t{0xFF});
  auto pair = pair_of(version, identity);
  pair.shake_hands();
  CHECK(pair.client_step == tls::Step::failed);
  CHECK(pair.client->failure().alert == tls::alert::bad_certificate);
  CHECK(pair.client->failure().detail.find("the server's certificate can't be read") == 0);
  REQUIRE(pair.client->peer_chain().size() == 1);
  CHECK(pair.client->peer_chain()[0] == Buffer(raw.p, raw.p + raw.len));
  CHECK(pair.server->failure().alert == tls::alert::bad_certificate);
  CHECK(pair.server->failure().alert_from_peer);
}

TEST_CASE("outside a session certificates are parsed as mbedTLS does") {
  const auto der =
      make_certificate({.key = KeyType::p256, .subject = "CN=strict", .extensions = {unknown}}).der;
  mbedtls_x509_crt chain;
  mbedtls_x509_crt_init(&chain);
  CHECK(mbedtls_x509_crt_parse_der(&chain, der.data(), der.size()) != 0);
  mbedtls_x509_crt_free(&chain);

  std::vector<Buffer> recorded{{1, 2, 3}};
  {
    const tls::TolerantParsing scope(&recorded);
    mbedtls_x509_crt_init(&chain);
    CHECK(mbedtls_x509_crt_parse_der(&chain, der.data(), der.size()) == 0);
    mbedtls_x509_crt_free(&chain);
  }
  CHECK(recorded == std::vector<Buffer>{der});
  mbedtls_x509_crt_init(&chain);
  CHECK(mbedtls_x509_crt_parse_der(&chain, der.data(), der.size()) != 0);
  mbedtls_x509_crt_free(&chain);
}
