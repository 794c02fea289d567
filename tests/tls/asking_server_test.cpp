// What mailtap's own server never does and an upstream may: ask for a client certificate, renegotiate.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/tls/pair.h"
#include "tests/tls/test_identity.h"
#include "tls/engine/mbedtls_session.h"
#include "tls/engine/policy.h"

using namespace mailtap;
using namespace mailtap::tests;
using tls::Step;
using tls::Version;

namespace {

/// A server as IIS is one.
class AskingServer final : public tls::MbedtlsSession {
 public:
  AskingServer(Version version, int authmode)
      : MbedtlsSession(tls::Sender::server, {}), identity_(make_identity()) {
    REQUIRE(tls::configure(config_, MBEDTLS_SSL_IS_SERVER, version, version) == 0);
    mbedtls_ssl_conf_authmode(&config_, authmode);
    mbedtls_ssl_conf_renegotiation(&config_, MBEDTLS_SSL_RENEGOTIATION_ENABLED);
    REQUIRE(mbedtls_ssl_conf_own_cert(&config_, identity_->chain(), identity_->key()) == 0);
    REQUIRE(set_up() == 0);
  }
  void request_renegotiation(int authmode) {
    mbedtls_ssl_conf_authmode(&config_, authmode);
    REQUIRE(provide_buffers());
    REQUIRE(mbedtls_ssl_renegotiate(&ssl_) == 0);
  }

 private:
  certs::IdentityPtr identity_;
};

tls::ClientParameters client_of(Version version) {
  tls::ClientParameters parameters;
  parameters.min_version = version;
  parameters.max_version = version;
  return parameters;
}

Buffer leaf_of(const certs::IdentityPtr& identity) {
  const auto& raw = identity->chain()->raw;
  return {raw.p, raw.p + raw.len};
}

}  // namespace

TEST_CASE("a client certificate is shown when the server asks") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  auto parameters = client_of(version);
  parameters.client_certificate = make_identity(
      {.key = GENERATE(KeyType::p256, KeyType::rsa2048), .subject = "CN=router", .extensions = {}});
  const auto expected = leaf_of(parameters.client_certificate);
  Pair pair(tls::make_client_session(std::move(parameters)),
            std::make_unique<AskingServer>(version, MBEDTLS_SSL_VERIFY_OPTIONAL));
  pair.shake_hands();
  REQUIRE(pair.established());
  REQUIRE(pair.server->peer_chain().size() == 1);
  CHECK(pair.server->peer_chain()[0] == expected);
  CHECK(pair.client->agreed().certificate_requested);
}

TEST_CASE("a client without a certificate answers the question with none") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  Pair pair(tls::make_client_session(client_of(version)),
            std::make_unique<AskingServer>(version, MBEDTLS_SSL_VERIFY_OPTIONAL));
  pair.shake_hands();
  REQUIRE(pair.established());
  CHECK(pair.server->peer_chain().empty());
  CHECK(pair.client->agreed().certificate_requested);
}

TEST_CASE("our server asks for a client certificate when it is told to, takes any, and none") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  const bool asks = GENERATE(true, false);
  const bool has_one = GENERATE(true, false);
  auto parameters = client_of(version);
  if (has_one) parameters.client_certificate = make_identity();
  std::vector<Buffer> expected;
  if (has_one && asks) expected.push_back(leaf_of(parameters.client_certificate));
  tls::ServerParameters server;
  server.identity = make_identity();
  server.ask_client_certificate = asks;
  Pair pair(std::move(parameters), std::move(server), GENERATE(Segments::whole, Segments::one_byte));
  pair.shake_hands();
  REQUIRE(pair.established());
  CHECK(pair.client->agreed().certificate_requested == asks);
  CHECK(pair.server->peer_chain() == expected);
  CHECK_FALSE(pair.server->agreed().certificate_requested);
}

TEST_CASE("a renegotiation that the server asks for works, and what is written meanwhile arrives after it") {
  auto parameters = client_of(Version::tls12);
  parameters.client_certificate = make_identity();
  const auto expected = leaf_of(parameters.client_certificate);
  auto asking = std::make_unique<AskingServer>(Version::tls12, MBEDTLS_SSL_VERIFY_NONE);
  auto& server = *asking;
  Pair pair(tls::make_client_session(std::move(parameters)), std::move(asking));
  pair.shake_hands();
  REQUIRE(pair.established());
  const auto chain = pair.client->peer_chain();

  server.request_renegotiation(MBEDTLS_SSL_VERIFY_OPTIONAL);
  pair.carry();
  CHECK(read_all(*pair.client).empty());  // begins the second handshake
  REQUIRE(pair.client->write(as_bytes("written during the renegotiation")) == Step::done);
  REQUIRE(pair.client->close_notify() == Step::done);
  CHECK(pair.client->write(as_bytes("too late")) == Step::closed);

  std::string received;
  Step server_step = Step::want_read;
  do {
    if (server_step == Step::want_read) received += read_all(*pair.server, server_step);
    read_all(*pair.client);
  } while (pair.carry());
  if (server_step == Step::want_read) received += read_all(*pair.server, server_step);
  CHECK(received == "written during the renegotiation");
  CHECK(server_step == Step::closed);
  REQUIRE(pair.server->peer_chain().size() == 1);
  CHECK(pair.server->peer_chain()[0] == expected);
  CHECK(pair.client->peer_chain() == chain);

  REQUIRE(pair.server->write(as_bytes("reply")) == Step::done);
  pair.carry();
  CHECK(read_all(*pair.client) == "reply");
}

TEST_CASE("a server that begins a renegotiation and stalls can't fill the memory") {
  auto asking = std::make_unique<AskingServer>(Version::tls12, MBEDTLS_SSL_VERIFY_NONE);
  auto& server = *asking;
  Pair pair(tls::make_client_session(client_of(Version::tls12)), std::move(asking));
  pair.shake_hands();
  server.request_renegotiation(MBEDTLS_SSL_VERIFY_NONE);
  pair.carry();
  read_all(*pair.client);
  const Buffer chunk(64 * 1024);
  Step step = Step::done;
  for (int i = 0; i < 17 && step == Step::done; ++i) step = pair.client->write(chunk);
  CHECK(step == Step::failed);
  CHECK(pair.client->failure().detail == "the peer began a renegotiation and doesn't go on with it");
}
