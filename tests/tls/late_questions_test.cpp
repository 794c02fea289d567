// What a peer asks for when the handshake is over: a client certificate (by renegotiation, or by TLS 1.3's
// post-handshake authentication), or a renegotiation for its own sake.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/tls/pair.h"
#include "tests/tls/test_identity.h"
#include "tls/alert.h"
#include "tls/engine/mbedtls_session.h"
#include "tls/engine/policy.h"

using namespace mailtap;
using namespace mailtap::tests;
using tls::Step;
using tls::Version;

namespace {

tls::ClientParameters client_of(Version version) {
  tls::ClientParameters parameters;
  parameters.min_version = version;
  parameters.max_version = version;
  return parameters;
}

tls::ServerParameters a_server() {
  tls::ServerParameters parameters;
  parameters.identity = make_identity();
  return parameters;
}

Buffer leaf_of(const certs::IdentityPtr& identity) {
  const auto& raw = identity->chain()->raw;
  return {raw.p, raw.p + raw.len};
}

/// One that does as it is told.
class Client final : public tls::MbedtlsSession {
 public:
  Client() : MbedtlsSession(tls::Sender::client, {}) {
    REQUIRE(tls::configure(config_, MBEDTLS_SSL_IS_CLIENT, Version::tls12, Version::tls12) == 0);
    REQUIRE(set_up() == 0);
  }
  ~Client() override { abandon_handshake(); }
  void renegotiate() { call_between_reads(mbedtls_ssl_renegotiate); }
  /// As if the server hadn't spoken RFC 5746.
  void forget_secure_renegotiation() {
    ssl_.MBEDTLS_PRIVATE(secure_renegotiation) = MBEDTLS_SSL_LEGACY_RENEGOTIATION;
  }
};

/// Until neither has anything to say; what each has heard.
struct Heard {
  std::string client, server;
};
Heard talk(Pair& pair) {
  Heard heard;
  do {
    heard.client += read_all(*pair.client);
    heard.server += read_all(*pair.server);
  } while (pair.carry());
  return heard;
}

}  // namespace

TEST_CASE("a client is asked for its certificate after the handshake, and data goes on both ways") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  const auto segments = GENERATE(Segments::whole, Segments::one_byte);
  auto parameters = client_of(version);
  parameters.client_certificate = make_identity(
      {.key = GENERATE(KeyType::p256, KeyType::rsa2048), .subject = "CN=router", .extensions = {}});
  const std::vector<Buffer> expected = {leaf_of(parameters.client_certificate)};
  INFO("TLS 1." << (version == Version::tls12 ? 2 : 3));
  Pair pair(std::move(parameters), a_server(), segments);
  pair.shake_hands();
  REQUIRE(pair.established());
  CHECK_FALSE(pair.client->agreed().certificate_requested);

  REQUIRE(pair.client->write(as_bytes("before")) == Step::done);
  REQUIRE(pair.server->ask_for_certificate());
  const std::string bulk(100'000, 'b');
  REQUIRE(pair.server->write(as_bytes(bulk)) == Step::done);
  auto heard = talk(pair);
  CHECK(heard.server == "before");
  CHECK(heard.client.size() == bulk.size());
  CHECK(pair.client->failure().detail.empty());
  CHECK(pair.server->failure().detail.empty());
  CHECK(pair.server->peer_chain() == expected);
  CHECK(pair.client->agreed().certificate_requested);
  CHECK(pair.client->agreed().certificate_shown);

  REQUIRE(pair.client->write(as_bytes("after")) == Step::done);
  REQUIRE(pair.server->write(as_bytes("reply")) == Step::done);
  heard = talk(pair);
  CHECK(heard.server == "after");
  CHECK(heard.client == "reply");
  CHECK_FALSE(pair.client->agreed().certificate_in_question);
}

TEST_CASE("a client that has no certificate answers a late question with none, as often as it is asked") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  Pair pair(client_of(version), a_server());
  pair.shake_hands();
  for (int i = 0; i < 3; ++i) {
    REQUIRE(pair.server->ask_for_certificate());
    REQUIRE(pair.client->write(as_bytes("data")) == Step::done);
    CHECK(talk(pair).server == "data");
    Step step = Step::want_read;
    read_all(*pair.server, step);  // the answer
    CHECK(step == Step::want_read);
    CHECK(pair.server->peer_chain().empty());
    CHECK(pair.client->agreed().certificate_requested);
    CHECK_FALSE(pair.client->agreed().certificate_shown);
  }
  CHECK(pair.client->agreed().certificate_in_question);
}

TEST_CASE("a server that asks again before it is answered is answered once") {
  auto parameters = client_of(Version::tls12);
  parameters.client_certificate = make_identity();
  Pair pair(std::move(parameters), a_server());
  pair.shake_hands();
  for (int i = 0; i < 3; ++i) REQUIRE(pair.server->ask_for_certificate());
  REQUIRE(pair.server->write(as_bytes("data")) == Step::done);
  CHECK(talk(pair).client == "data");
  CHECK(pair.server->peer_chain().size() == 1);
  CHECK(pair.client->failure().detail.empty());
}

TEST_CASE("a server can't have any number of signatures made") {
  Pair pair(client_of(Version::tls13), a_server());
  pair.shake_hands();
  int asked = 0;
  Step step = Step::want_read;
  for (; asked < 200 && step == Step::want_read; ++asked) {
    REQUIRE(pair.server->ask_for_certificate());
    pair.carry();
    read_all(*pair.client, step);
    talk(pair);
  }
  CHECK(step == Step::failed);
  CHECK(asked == 101);
}

TEST_CASE("what a server doesn't get from a client that it asked doesn't matter to it") {
  Pair pair(client_of(Version::tls12), a_server());
  pair.shake_hands();
  REQUIRE(pair.server->ask_for_certificate());
  // More records than mbedTLS would wait for.
  for (int i = 0; i < 40; ++i) REQUIRE(pair.client->write(as_bytes("r")) == Step::done);
  pair.carry();
  CHECK(read_all(*pair.server) == std::string(40, 'r'));
}

TEST_CASE(
    "a certificate whose key can't sign in any way that the server lists isn't shown, and that is said") {
  static constexpr std::uint16_t of_rsa[]{tls::signature::rsa_pss_rsae_sha256,
                                          tls::signature::rsa_pkcs1_sha256, 0};
  const auto version = GENERATE(Version::tls12, Version::tls13);
  auto parameters = client_of(version);
  parameters.client_certificate = make_identity({.key = KeyType::p256, .extensions = {}});
  auto server = a_server();
  server.identity = make_identity({.key = KeyType::rsa2048, .extensions = {}});
  server.ask_client_certificate = true;
  server.only.signature_algorithms = of_rsa;
  Pair pair(std::move(parameters), std::move(server));
  pair.shake_hands();
  CHECK(pair.client->agreed().certificate_requested);
  CHECK_FALSE(pair.client->agreed().certificate_shown);
  CHECK(pair.client->agreed().wanted_keys == "RSA");
  pair.server->send_fatal_alert(tls::alert::handshake_failure);
  pair.carry();
  Step step = Step::want_read;
  read_all(*pair.client, step);
  const auto& detail = pair.client->failure().detail;
  INFO(detail);
  CHECK(detail.find("was shown none, as the key of client-cert can't sign in any way that it lists (for keys "
                    "of: RSA)") != std::string::npos);
}

TEST_CASE(
    "a server that refuses after its question for a client certificate is told of as one that demands it") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  const int alert = GENERATE(tls::alert::handshake_failure, tls::alert::bad_certificate,
                             tls::alert::certificate_unknown, tls::alert::certificate_required);
  auto parameters = client_of(version);
  const bool has_one = GENERATE(false, true);
  if (has_one) parameters.client_certificate = make_identity();
  Pair pair(std::move(parameters), a_server());
  pair.shake_hands();
  REQUIRE(pair.server->ask_for_certificate());
  talk(pair);
  pair.server->send_fatal_alert(alert);
  pair.carry();
  Step step = Step::want_read;
  read_all(*pair.client, step);
  CHECK(step == Step::failed);
  const auto& detail = pair.client->failure().detail;
  INFO(detail);
  CHECK(detail.find(tls::alert_text(alert)) != std::string::npos);
  CHECK(detail.find("client certificate") != std::string::npos);
  CHECK((detail.find("was shown none") == std::string::npos) == has_one);
  CHECK(detail.find("common cipher") == std::string::npos);
}

TEST_CASE("a renegotiation without RFC 5746's protection is refused, data goes on, and a failure names it") {
  auto made = std::make_unique<Client>();
  auto& client = *made;
  Pair pair(std::move(made), tls::make_server_session(a_server()));
  pair.shake_hands();
  client.forget_secure_renegotiation();
  REQUIRE(pair.server->ask_for_certificate());
  REQUIRE(pair.server->write(as_bytes("data")) == Step::done);
  CHECK(talk(pair).client == "data");
  CHECK(pair.client->agreed().renegotiation_refused);
  CHECK_FALSE(pair.client->agreed().certificate_requested);
  REQUIRE(pair.client->write(as_bytes("more")) == Step::done);
  CHECK(talk(pair).server == "more");

  pair.server->send_fatal_alert(tls::alert::handshake_failure);
  pair.carry();
  Step step = Step::want_read;
  read_all(*pair.client, step);
  CHECK(step == Step::failed);
  CHECK(pair.client->failure().detail ==
        "the server sent alert handshake_failure (40); the server had asked for a renegotiation without RFC "
        "5746's protection, which was refused with no_renegotiation (100)");
}

TEST_CASE("a client that wishes to renegotiate is refused, unless it was asked to, and goes on") {
  auto made = std::make_unique<Client>();
  auto& client = *made;
  Pair pair(std::move(made), tls::make_server_session(a_server()));
  pair.shake_hands();
  const bool was_asked = GENERATE(false, true);
  if (was_asked) {
    REQUIRE(pair.server->ask_for_certificate());
    talk(pair);
    CHECK_FALSE(pair.server->agreed().renegotiation_refused);
  }
  client.renegotiate();
  talk(pair);
  CHECK(pair.server->agreed().renegotiation_refused);
  REQUIRE(pair.server->write(as_bytes("data")) == Step::done);
  pair.carry();
  CHECK(read_all(*pair.client) == "data");
}
