// What intercepted connections leave to those that come after them: sessions, and what is known of servers.
#include <catch2/catch_test_macros.hpp>

#include "steps.h"
#include "tests/tls/test_identity.h"
#include "tls/alert.h"

using namespace mailtap;
using namespace mailtap::proxy;
using namespace mailtap::proxy::test;

TEST_CASE("a second connection resumes the first one's session with the server") {
  for (const auto version : {tls::Version::tls12, tls::Version::tls13}) {
    Lab lab;
    lab.server_tls.tickets = tls::TicketKeys::make().value();
    lab.client_tls.max_version = version;
    lab.server_tls.max_version = version;
    open(lab);
    CHECK_FALSE(lab.record.upstream.resumed);
    lab.server.say("hello");
    lab.close_in_order();
    REQUIRE(lab.is_over);
    lab.begin_again();
    REQUIRE(lab.server.is_established());
    lab.close_in_order();
    CHECK(lab.record.upstream.resumed);
    CHECK(lab.record.verdict_source == inspect::VerdictSource::cache);
  }
}

TEST_CASE(
    "a server of old versions is asked once more where the route allows it, and at once the next time") {
  Lab lab;
  lab.route.legacy_tls.upstream = true;
  lab.server_begins_with_tls = false;
  lab.begin();
  lab.server.send_raw(std::string("\x15\x03\x01\x00\x02\x02\x46", 7));  // protocol_version
  REQUIRE_FALSE(lab.is_over);
  CHECK(lab.dialled == 2);
  lab.server_tls.min_version = lab.server_tls.max_version = tls::Version::tls10;
  lab.server_identity = tests::make_identity({.key = tests::KeyType::rsa2048, .extensions = {}});
  lab.server.secure(lab.server_session());
  lab.server.session->feed(as_bytes(std::exchange(lab.server.heard, {})));
  lab.run();
  REQUIRE(lab.server.is_established());
  lab.close_in_order();
  CHECK(lab.record.upstream.version == tls::Version::tls10);

  lab.server_begins_with_tls = true;
  lab.begin_again();
  CHECK(lab.dialled == 3);
  CHECK(lab.server.is_established());
}

TEST_CASE("3DES in TLS 1.2 is spoken on a leg whose route allows old versions, and else named") {
  static constexpr int triple_des[] = {tls::suite::TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA, 0};
  static constexpr int both[] = {tls::suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
                                 tls::suite::TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA, 0};
  for (const auto hello : {config::UpstreamHello::mirror, config::UpstreamHello::own})
    for (const bool is_allowed : {true, false}) {
      CAPTURE(hello, is_allowed);
      Lab lab;
      lab.route.hello = hello;
      lab.route.legacy_tls.upstream = is_allowed;
      lab.client_tls.max_version = tls::Version::tls12;
      lab.client_tls.only.cipher_suites = both;
      lab.server_tls.max_version = tls::Version::tls12;
      lab.server_tls.only.cipher_suites = triple_des;
      lab.begin();
      CHECK(lab.server.is_established() == is_allowed);
      if (is_allowed) {
        lab.close_in_order();
        CHECK(lab.dialled == 1);
        CHECK(lab.record.upstream.cipher_suite == tls::CipherSuite::TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA);
      } else {
        REQUIRE(lab.is_over);
        CHECK(lab.detail().find(
                  "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA; 3DES is allowed with legacy-tls = true") !=
              std::string::npos);
      }
    }
}

TEST_CASE("a server that hangs up on both attempts says why, with both") {
  for (const bool resets : {false, true}) {
    Lab lab;
    lab.route.legacy_tls.upstream = true;
    begin_with_mute_server(lab);
    resets ? lab.server.reset() : lab.server.end();
    REQUIRE_FALSE(lab.is_over);
    CHECK(lab.dialled == 2);
    resets ? lab.server.reset() : lab.server.end();
    REQUIRE(lab.is_over);
    CHECK(lab.reason() == (resets ? "reset" : "upstream-handshake-failed"));
    CHECK(lab.detail().find("TLS 1.0") != std::string::npos);
  }
}

TEST_CASE("a client of old versions is refused with what allows it, and served where it is allowed") {
  for (const bool is_allowed : {false, true}) {
    Lab lab;
    lab.server_identity = tests::make_identity({.key = tests::KeyType::rsa2048, .extensions = {}});
    lab.client_tls.min_version = tls::Version::tls10;
    lab.client_tls.max_version = tls::Version::tls10;
    lab.route.legacy_tls.downstream = is_allowed;
    if (is_allowed) {
      class RsaPresenter final : public certs::Presenter {
       public:
        bool needs_upstream_chain() const override { return false; }
        certs::IdentityPtr present_at_once(const certs::PresentationRequest&) override { return identity_; }
        Result<certs::IdentityPtr> present(const certs::PresentationRequest&) override { return identity_; }

       private:
        certs::IdentityPtr identity_ =
            tests::make_identity({.key = tests::KeyType::rsa2048, .extensions = {}});
      };
      lab.presenter = std::make_shared<RsaPresenter>();
    }
    lab.begin();
    CHECK(lab.client.is_established() == is_allowed);
    if (is_allowed) {
      lab.close_in_order();
      CHECK(lab.record.downstream.version == tls::Version::tls10);
    } else {
      CHECK(lab.reason() == "downstream-handshake-failed");
      CHECK(lab.detail().find("legacy-tls") != std::string::npos);
      CHECK(lab.client.alert() == tls::alert::protocol_version);
    }
  }
}

TEST_CASE("after a reload a connection keeps the route that it began with, and another has the new one") {
  Lab lab;
  lab.verdict.findings.push_back({certs::Fault::expired, 0, {}});
  lab.verdict_is_late = true;
  lab.begin();
  auto& old = lab.set_aside();

  lab.route.require_trusted = true;
  lab.route.upstream = {"new.example", 993};
  lab.verdict_is_late = false;
  lab.begin();
  REQUIRE(lab.is_over);
  CHECK(lab.reason() == "refused-untrusted");
  CHECK(lab.record.upstream_configured == "new.example:993");
  CHECK(lab.dialled_targets == std::vector<std::string>{"mail.example:993", "new.example:993"});

  lab.give_verdict();
  REQUIRE_FALSE(old.is_over);
  old.client.say("a NOOP\r\n");
  CHECK(old.server.heard == "a NOOP\r\n");
  for (auto* peer : {&old.client, &old.server}) {
    peer->close_notify();
    peer->end();
  }
  REQUIRE(old.is_over);
  CHECK(lab.reason() == "closed");
  CHECK(lab.record.upstream_configured == "mail.example:993");
}
