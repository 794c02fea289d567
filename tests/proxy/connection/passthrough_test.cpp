// Connections that are passed through: relayed as they are, and what is in the clear is read.
#include <catch2/catch_test_macros.hpp>

#include "lab.h"
#include "tls/sessions/tickets.h"

using namespace mailtap;
using namespace mailtap::proxy;
using namespace mailtap::proxy::test;
using namespace std::chrono_literals;
using inspect::Side;

namespace {

struct PassedLab : Lab {
  explicit PassedLab(tls::Version version = tls::Version::tls12) {
    route.mode = config::Mode::observe;
    client_tls.max_version = server_tls.max_version = version;
  }
  void open() {
    begin();
    REQUIRE(client.is_established());
    REQUIRE(server.is_established());
  }
};

Buffer shown_by(const certs::Identity& identity) {
  const auto& leaf = identity.chain()->raw;
  return {leaf.p, leaf.p + leaf.len};
}

}  // namespace

TEST_CASE("client and server shake hands with each other, and the log has what they agreed on") {
  PassedLab lab;
  lab.open();
  lab.client.say("request");
  CHECK(lab.server.heard == "request");
  lab.server.say("reply");
  CHECK(lab.client.heard == "reply");
  CHECK(lab.client.session->peer_chain().front() == shown_by(*lab.server_identity));
  lab.close_in_order();
  REQUIRE(lab.is_over);
  CHECK(lab.reason() == "closed");
  CHECK(lab.record.mode == config::Mode::observe);
  CHECK(lab.record.upstream.version == tls::Version::tls12);
  CHECK(lab.record.downstream.name == "mail.example");
  CHECK(lab.record.verdict);
  CHECK(lab.record.verdict_source == inspect::VerdictSource::handshake);
  CHECK(lab.verifications == 1);
  CHECK(lab.opened_to_watcher == 1);
  CHECK(lab.ended_to_watcher == 1);
  CHECK(lab.timers.active() == 0);
}

TEST_CASE("a certificate that is encrypted is had from a probe, which the connection never waits for") {
  PassedLab lab(tls::Version::tls13);
  lab.open();
  REQUIRE(lab.probes.size() == 1);
  CHECK(lab.probes.front().sni == "mail.example");
  CHECK(lab.probes.front().address.to_string() == "192.0.2.25:993");
  lab.client.say("request");
  CHECK(lab.server.heard == "request");
  SECTION("and it answers while the connection lasts") {
    lab.answer_probe({{Buffer{1, 2, 3}}, {}});
    CHECK(lab.opened_to_watcher == 1);
    lab.close_in_order();
  }
  SECTION("and it answers later") {
    lab.close_in_order();
    CHECK_FALSE(lab.is_over);
    CHECK(lab.client.saw_end());
    lab.answer_probe({{Buffer{1, 2, 3}}, {}});
  }
  REQUIRE(lab.is_over);
  CHECK(lab.record.verdict);
  CHECK(lab.record.verdict_source == inspect::VerdictSource::probe);
}

TEST_CASE("a probe that gets nothing is said to, and so is one that was stopped") {
  PassedLab lab(tls::Version::tls13);
  lab.open();
  lab.close_in_order();
  CHECK_FALSE(lab.is_over);
  SECTION("nothing") {
    lab.answer_probe({{}, "connection refused"});
    CHECK(lab.record.undecoded.ends_with("connection refused"));
  }
  SECTION("stopped") {
    lab.stop();
    CHECK(lab.record.undecoded.ends_with("it was stopped"));
    CHECK(lab.reason() == "closed");
  }
  CHECK(lab.is_over);
  CHECK_FALSE(lab.record.verdict);
}

TEST_CASE("a resumed handshake shows no certificate, and a probe gets it") {
  PassedLab lab;
  lab.server_tls.tickets = tls::TicketKeys::make().value();
  lab.open();
  lab.client_tls.resume = lab.client.session->take_saved_session();
  REQUIRE(lab.client_tls.resume);
  lab.close_in_order();
  REQUIRE(lab.is_over);
  lab.begin_again();
  REQUIRE(lab.client.is_established());
  CHECK(lab.probes.size() == 1);
  CHECK(lab.probes.back().version == 0);
}

TEST_CASE("a server of an old version is probed with it") {
  PassedLab lab;
  lab.client_begins_with_tls = lab.server_begins_with_tls = false;
  lab.begin();
  auto session = lab.client_session();
  session->handshake();
  const std::string hello(as_text(session->outgoing()));
  lab.client.send_raw(hello);
  CHECK(lab.server.heard == hello);
  // A session that is resumed by TLS 1.0: the hello, and at once the change to encryption, with no
  // certificate.
  const auto server_hello = std::string("\x16\x03\x01\x00\x2a\x02\x00\x00\x26\x03\x01", 11) +
                            std::string(32, 'r') + std::string("\x00\x00\x2f\x00", 4);
  const std::string change_cipher_spec("\x14\x03\x01\x00\x01\x01", 6);
  lab.server.send_raw(server_hello);
  CHECK(lab.probes.empty());
  lab.server.send_raw(change_cipher_spec);
  CHECK(lab.client.heard == server_hello + change_cipher_spec);
  REQUIRE(lab.probes.size() == 1);
  const auto& question = lab.probes.front();
  CHECK(question.version == 0x0301);
  CHECK(question.sni == "mail.example");
  CHECK(question.address.to_string() == "192.0.2.25:993");
  CHECK_FALSE(question.starttls);
  lab.answer_probe({{Buffer{1, 2, 3}}, {}});
  lab.server.end();
  lab.client.end();
  REQUIRE(lab.is_over);
  CHECK(lab.record.verdict);
  CHECK(lab.record.verdict_source == inspect::VerdictSource::probe);
  CHECK(lab.record.upstream.version == tls::Version::tls10);
  CHECK(lab.record.upstream.resumed);
}

TEST_CASE("what isn't TLS passes through all the same") {
  PassedLab lab;
  lab.client_begins_with_tls = lab.server_begins_with_tls = false;
  lab.begin();
  lab.client.say("hello?\r\n");
  lab.server.say("hello!\r\n");
  CHECK(lab.server.heard == "hello?\r\n");
  CHECK(lab.client.heard == "hello!\r\n");
  lab.client.end();
  lab.server.end();
  REQUIRE(lab.is_over);
  CHECK(lab.reason() == "closed");
  CHECK_FALSE(lab.record.undecoded.empty());
}

TEST_CASE("STARTTLS passes through, and the certificate behind it is read") {
  PassedLab lab;
  lab.route.upstream.port = 587;
  lab.client_begins_with_tls = lab.server_begins_with_tls = false;
  lab.begin();
  lab.server.say("220 mail ESMTP\r\n");
  lab.client.say("EHLO router\r\n");
  lab.server.say("250-mail\r\n250 STARTTLS\r\n");
  lab.client.say("STARTTLS\r\n");
  lab.server.say("220 go ahead\r\n");
  lab.server.secure(lab.server_session());
  lab.client.secure(lab.client_session());
  lab.run();
  CHECK(lab.client.is_established());
  lab.close_in_order();
  REQUIRE(lab.is_over);
  CHECK(lab.record.verdict);
  CHECK(lab.record.starttls->outcome == inspect::PlaintextStart::Outcome::upgraded);
  CHECK(lab.record.plaintext.count() >= 0);
}

TEST_CASE("a client that never asks for TLS is written down, and what it logs in with") {
  PassedLab lab;
  lab.route.upstream.port = 110;
  lab.client_begins_with_tls = lab.server_begins_with_tls = false;
  lab.begin();
  lab.server.say("+OK ready\r\n");
  lab.client.say("USER alice\r\n");
  lab.server.say("+OK\r\n");
  lab.client.say("PASS secret\r\n");
  CHECK(lab.server.heard == "USER alice\r\nPASS secret\r\n");
  lab.pass(lab.route.deadlines.idle - 1s);
  CHECK_FALSE(lab.is_over);
  lab.client.end();
  lab.server.end();
  REQUIRE(lab.is_over);
  CHECK(lab.record.starttls->credentials);
}

TEST_CASE("half-closes pass through") {
  PassedLab lab;
  lab.open();
  lab.client.close_notify();
  lab.client.end();
  CHECK(lab.server.heard_close_notify);
  CHECK(lab.server.saw_end());
  lab.server.say("reply");
  CHECK(lab.client.heard == "reply");
  lab.server.end();
  CHECK(lab.reason() == "closed");
}

TEST_CASE("a reset passes through, and is the side's that it came from") {
  for (const bool is_client : {true, false}) {
    PassedLab lab;
    lab.open();
    (is_client ? lab.client : lab.server).reset();
    REQUIRE(lab.is_over);
    CHECK(lab.reason() == "reset");
    CHECK(lab.side() == (is_client ? Side::downstream : Side::upstream));
    CHECK((is_client ? lab.server : lab.client).saw_reset());
  }
}

TEST_CASE("who has said its last and meets a reset has closed") {
  PassedLab lab;
  lab.open();
  lab.client.close_notify();
  lab.client.end();
  lab.client.reset();
  CHECK(lab.reason() == "closed");
  CHECK(lab.side() == Side::downstream);
}

TEST_CASE("a side that doesn't take what it is sent has the other wait") {
  PassedLab lab;
  lab.client_begins_with_tls = lab.server_begins_with_tls = false;
  lab.begin();
  lab.client.say("x");
  lab.server.wire->is_clogged = true;
  std::size_t said = 1;
  while (lab.client.wire->is_reading && said < 1'000'000) {
    lab.client.say(std::string(16384, 'x'));
    said += 16384;
  }
  CHECK(said < 200'000);
  lab.server.wire->unclog();
  CHECK(lab.client.wire->is_reading);
  lab.client.end();
  lab.server.wire->is_clogged = true;
  lab.server.end();
  lab.run();
  CHECK(lab.server.heard.size() == said);
}

TEST_CASE("a server that isn't there, or doesn't answer, is named") {
  for (const bool answers : {true, false}) {
    PassedLab lab;
    lab.dials = {answers ? Lab::Dialled::fails : Lab::Dialled::is_silent};
    lab.begin();
    if (!answers) lab.pass(lab.route.deadlines.connect);
    REQUIRE(lab.is_over);
    CHECK(lab.reason() == (answers ? "connect-failed" : "connect-timeout"));
  }
}

TEST_CASE("each thing that is waited for has its deadline") {
  SECTION("a hello") {
    PassedLab lab;
    lab.client_begins_with_tls = false;
    lab.route.starttls = false;
    lab.begin();
    lab.pass(lab.route.deadlines.hello);
    CHECK(lab.reason() == "hello-timeout");
  }
  SECTION("a greeting, where one may come") {
    PassedLab lab;
    lab.route.upstream.port = 587;
    lab.client_begins_with_tls = lab.server_begins_with_tls = false;
    lab.begin();
    lab.pass(lab.route.deadlines.starttls);
    CHECK(lab.reason() == "hello-timeout");
  }
  SECTION("the words before STARTTLS") {
    for (const bool client_is_late : {true, false}) {
      PassedLab lab;
      lab.route.upstream.port = 587;
      lab.client_begins_with_tls = lab.server_begins_with_tls = false;
      lab.begin();
      lab.server.say("220 mail ESMTP\r\n");
      if (!client_is_late) lab.client.say("EHLO router\r\n");
      lab.pass(lab.route.deadlines.starttls);
      CHECK(lab.reason() == "starttls-timeout");
      CHECK(lab.side() == (client_is_late ? Side::downstream : Side::upstream));
    }
  }
  SECTION("the handshake, by who has to go on with it") {
    PassedLab lab;
    lab.server_begins_with_tls = false;
    lab.begin();
    lab.pass(lab.route.deadlines.handshake);
    CHECK(lab.reason() == "upstream-handshake-timeout");
    CHECK(lab.side() == Side::upstream);
  }
  SECTION("the client in the handshake") {
    PassedLab lab;
    lab.client_begins_with_tls = false;
    lab.begin();
    lab.client.hears = false;
    lab.client.secure(lab.client_session());
    lab.run();
    REQUIRE_FALSE(lab.client.wire->to_peer.empty());
    REQUIRE_FALSE(lab.client.is_established());
    lab.pass(lab.route.deadlines.handshake - 1ms);
    REQUIRE_FALSE(lab.is_over);
    lab.pass(1ms);
    REQUIRE(lab.is_over);
    CHECK(lab.reason() == "downstream-handshake-timeout");
    CHECK(lab.side() == Side::downstream);
  }
  SECTION("anything at all") {
    PassedLab lab;
    lab.open();
    lab.pass(lab.route.deadlines.idle - 1s);
    lab.client.say(".");
    lab.pass(lab.route.deadlines.idle - 1s);
    CHECK_FALSE(lab.is_over);
    lab.pass(2s);
    CHECK(lab.reason() == "idle-timeout");
  }
  SECTION("the client's goodbye") {
    PassedLab lab;
    lab.open();
    lab.client.say("request");
    lab.server.say("reply");
    lab.server.close_notify();
    lab.server.end();
    lab.pass(31s);
    CHECK(lab.is_over);
    CHECK(lab.detail() == "the client did not close");
  }
}

TEST_CASE("a client that leaves without a word, or in its handshake, is told apart") {
  SECTION("without a word") {
    PassedLab lab;
    lab.client_begins_with_tls = false;
    lab.begin();
    lab.client.end();
    lab.server.end();
    CHECK(lab.reason() == "no-data");
  }
  SECTION("in the handshake, by an alert") {
    PassedLab lab;
    lab.client_begins_with_tls = false;
    lab.begin();
    auto session = lab.client_session();
    session->handshake();
    lab.client.send_raw(as_text(session->outgoing()));
    lab.client.send_raw(std::string("\x15\x03\x03\x00\x02\x02\x2e", 7));
    lab.client.end();
    lab.server.end();
    CHECK(lab.reason() == "downstream-handshake-failed");
    CHECK(lab.detail().find("certificate_unknown") != std::string::npos);
  }
}

TEST_CASE("a stop ends what is passed through") {
  PassedLab lab;
  lab.open();
  lab.stop("the drain deadline has passed");
  REQUIRE(lab.is_over);
  CHECK(lab.reason() == "shutdown");
  SECTION("and one while the server is dialled") {
    PassedLab other;
    other.dials = {Lab::Dialled::is_silent};
    other.begin();
    other.stop();
    CHECK(other.reason() == "shutdown");
  }
}
