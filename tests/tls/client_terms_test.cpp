// What a client's hello says or leaves out beside its lists, and what a server is told to take of it.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "tests/tls/pair.h"
#include "tests/tls/test_identity.h"
#include "tls/alert.h"
#include "tls/client_hello.h"
#include "tls/numbers.h"

using namespace mailtap;
using namespace mailtap::tests;
using tls::Version;

namespace {

tls::ClientParameters client_of_tls12() {
  tls::ClientParameters parameters;
  parameters.sni = "mail.example";
  parameters.max_version = Version::tls12;
  return parameters;
}

tls::ServerParameters server_with(KeyType key = KeyType::rsa2048) {
  tls::ServerParameters parameters;
  parameters.identity = make_identity({.key = key, .extensions = {}});
  return parameters;
}

bool lists_groups(const tls::ClientHello& hello) {
  return std::find(hello.extensions.begin(), hello.extensions.end(), tls::extension::supported_groups) !=
         hello.extensions.end();
}

}  // namespace

TEST_CASE("a client that has fallen back says so, and a server with a newer version refuses it") {
  auto client = client_of_tls12();
  CHECK_FALSE(hello_of(client).is_fallback());
  client.is_fallback = true;
  CHECK(hello_of(client).is_fallback());

  Pair refused(client, server_with());
  refused.shake_hands();
  CHECK(refused.client->failure().alert == tls::alert::inappropriate_fallback);

  auto server = server_with();
  server.max_version = Version::tls12;
  Pair served(client, std::move(server));
  served.shake_hands();
  CHECK(served.established());
}

TEST_CASE("a client of TLS 1.2 may leave its groups out, and is served all the same") {
  auto client = client_of_tls12();
  CHECK(lists_groups(hello_of(client)));
  client.only.without_groups = true;
  CHECK_FALSE(lists_groups(hello_of(client)));
  Pair pair(client, server_with());
  pair.shake_hands();
  CHECK(pair.established());

  // TLS 1.3 can't do without.
  client.max_version = Version::tls13;
  CHECK(lists_groups(hello_of(client)));
}

TEST_CASE("a server takes the suite that it is told to, where client and certificate have it") {
  constexpr auto dhe = tls::suite::TLS_DHE_RSA_WITH_AES_256_GCM_SHA384;
  auto server = server_with();
  server.preferred_suite = dhe;
  Pair pair(client_of_tls12(), server);
  pair.shake_hands();
  REQUIRE(pair.established());
  CHECK(pair.client->agreed().cipher_suite == dhe);

  server.preferred_suite = tls::suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256;
  Pair without(client_of_tls12(), server);
  without.shake_hands();
  REQUIRE(without.established());
  CHECK(without.client->agreed().cipher_suite == tls::suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256);
}

TEST_CASE("a certificate on a curve that isn't listed is shown where there is no other") {
  constexpr std::uint16_t p384[] = {tls::group::secp384r1, 0};
  auto client = client_of_tls12();
  client.only.groups = p384;
  Pair pair(client, server_with(KeyType::p256));
  pair.shake_hands();
  CHECK(pair.client->agreed().cipher_suite == tls::suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256);
  CHECK(pair.client->peer_chain().size() == 1);
}
