// What an intercepted connection ends with where a client or a server breaks off, stays silent or says what
// it must not.
#include <catch2/catch_test_macros.hpp>

#include "steps.h"
#include "tls/alert.h"

using namespace mailtap;
using namespace mailtap::proxy;
using namespace mailtap::proxy::test;
using namespace std::chrono_literals;
using inspect::Side;
using Kind = net::DialFailure::Kind;

// --- broken clients ---------------------------------------------------------------------------------------

TEST_CASE("a client that leaves without a word is no fault") {
  for (const bool resets : {false, true}) {
    Lab lab;
    lab.client_begins_with_tls = false;
    lab.begin();
    resets ? lab.client.reset() : lab.client.end();
    REQUIRE(lab.is_over);
    CHECK(lab.reason() == "no-data");
    CHECK(lab.dialled == 0);
  }
}

TEST_CASE("a client that leaves, or resets, in its hello has failed its handshake, or is reset") {
  for (const bool resets : {false, true}) {
    Lab lab;
    lab.client_begins_with_tls = false;
    lab.begin();
    lab.client.send_raw(std::string("\x16\x03\x01\x01\x00\x01\x00", 7));
    resets ? lab.client.reset() : lab.client.end();
    REQUIRE(lab.is_over);
    CHECK(lab.reason() == (resets ? "reset" : "downstream-handshake-failed"));
    if (!resets) CHECK(lab.detail() == "closed in the middle of its hello");
  }
}

TEST_CASE("what is no hello is named") {
  for (const std::string& bytes : std::vector<std::string>{
           std::string("GET / HTTP/1.1\r\n\r\n"), std::string("EHLO router\r\n"), std::string(64, '\0'),
           std::string("\x16\x03\x01\x00\x04\x02\x00\x00\x00", 9)}) {
    Lab lab;
    lab.client_begins_with_tls = false;
    lab.begin();
    lab.client.send_raw(bytes);
    REQUIRE(lab.is_over);
    CHECK(lab.reason() == "not-tls");
    CHECK(lab.side() == Side::downstream);
    CHECK_FALSE(lab.detail().empty());
  }
}

TEST_CASE("a hello that doesn't come, or not all of it, runs into the hello's deadline") {
  for (const std::string& begun : std::vector<std::string>{"", "\x16\x03\x01"}) {
    Lab lab;
    lab.client_begins_with_tls = false;
    lab.begin();
    if (!begun.empty()) lab.client.send_raw(begun);
    lab.pass(lab.route.deadlines.hello - 1ms);
    CHECK_FALSE(lab.is_over);
    lab.pass(1ms);
    if (begun.empty()) {
      // It may be waiting for the server's greeting, and the server for its hello.
      lab.pass(lab.route.deadlines.hello);
    }
    REQUIRE(lab.is_over);
    CHECK(lab.reason() == "hello-timeout");
    CHECK(lab.side() == Side::downstream);
  }
}

TEST_CASE("a client that leaves or resets while the server is reached hasn't its handshake") {
  for (const bool resets : {false, true}) {
    Lab lab;
    lab.presenter = std::make_shared<SlowPresenter>();
    lab.dials = {Lab::Dialled::is_silent};
    lab.begin();
    resets ? lab.client.reset() : lab.client.end();
    REQUIRE(lab.is_over);
    CHECK(lab.reason() == (resets ? "reset" : "downstream-handshake-failed"));
    CHECK(lab.side() == Side::downstream);
  }
}

TEST_CASE("a client that says more than a hello before the server is there isn't read without an end") {
  Lab lab;
  lab.dials = {Lab::Dialled::is_silent};
  lab.begin();
  for (int i = 0; i < 40 && lab.client.wire->is_reading; ++i) lab.client.send_raw(std::string(16384, 'x'));
  CHECK_FALSE(lab.client.wire->is_reading);
  CHECK_FALSE(lab.is_over);
}

TEST_CASE("a client that ends its stream, resets or is silent in the handshake is told apart") {
  for (const int what : {0, 1, 2}) {
    Lab lab;
    lab.client_tls.max_version = tls::Version::tls12;
    lab.client_begins_with_tls = false;
    lab.begin();
    lab.client.hears = false;
    lab.client.secure(lab.client_session());
    lab.run();
    // What it was sent in the handshake it doesn't answer.
    REQUIRE_FALSE(lab.client.wire->to_peer.empty());
    REQUIRE_FALSE(lab.client.is_established());
    REQUIRE(lab.server.is_established());
    REQUIRE_FALSE(lab.is_over);
    if (what == 0) lab.client.end();
    if (what == 1) lab.client.reset();
    if (what == 2) lab.pass(lab.route.deadlines.handshake + 1s);
    REQUIRE(lab.is_over);
    CHECK(lab.reason() == (what == 0   ? "downstream-handshake-failed"
                           : what == 1 ? "reset"
                                       : "downstream-handshake-timeout"));
    CHECK(lab.side() == Side::downstream);
  }
}

TEST_CASE("a client that refuses the certificate by an alert has its verdict in the log all the same") {
  for (const bool is_late : {false, true}) {
    Lab lab;
    lab.verdict_is_late = is_late;
    lab.client_begins_with_tls = false;
    lab.begin();
    auto session = lab.client_session();
    session->handshake();
    const std::string hello(as_text(session->outgoing()));
    lab.client.send_raw(hello);
    lab.client.send_raw(std::string("\x15\x03\x03\x00\x02\x02\x2e", 7));  // certificate_unknown
    if (is_late) {
      CHECK_FALSE(lab.is_over);
      lab.give_verdict();
    }
    REQUIRE(lab.is_over);
    CHECK(lab.reason() == "downstream-handshake-failed");
    CHECK(lab.side() == Side::downstream);
    CHECK(lab.record.verdict);
    CHECK(lab.detail().find("certificate_unknown") != std::string::npos);
  }
}

// --- broken servers ---------------------------------------------------------------------------------------

TEST_CASE("a server that can't be reached is named by how, and the client that waits gets an alert") {
  struct Case {
    Kind kind;
    const char* reason;
    Side side;
  };
  for (const auto& [kind, reason, side] :
       {Case{Kind::not_connected, "connect-failed", Side::upstream},
        Case{Kind::not_resolved, "resolve-failed", Side::upstream}, Case{Kind::loops, "loop", Side::mailtap},
        Case{Kind::out_of_descriptors, "out-of-descriptors", Side::mailtap}}) {
    Lab lab;
    lab.dials = {Lab::Dialled::fails};
    lab.dial_failure = {kind, "as the system says"};
    lab.begin();
    REQUIRE(lab.is_over);
    CHECK(lab.reason() == reason);
    CHECK(lab.side() == side);
    CHECK(lab.client.alert() == tls::alert::internal_error);
  }
}

TEST_CASE("a server that doesn't answer runs into the deadline for connecting") {
  Lab lab;
  lab.dials = {Lab::Dialled::is_silent};
  lab.begin();
  lab.pass(lab.route.deadlines.connect);
  REQUIRE(lab.is_over);
  CHECK(lab.reason() == "connect-timeout");
  CHECK(lab.side() == Side::upstream);
  CHECK(lab.client.alert() == tls::alert::internal_error);
}

TEST_CASE("a server that closes, resets or stays silent after the hello is told apart") {
  for (const int what : {0, 1, 2}) {
    Lab lab;
    begin_with_mute_server(lab);
    if (what == 0) lab.server.end();
    if (what == 1) lab.server.reset();
    if (what == 2) lab.pass(lab.route.deadlines.handshake);
    REQUIRE(lab.is_over);
    CHECK(lab.reason() == (what == 0   ? "upstream-handshake-failed"
                           : what == 1 ? "reset"
                                       : "upstream-handshake-timeout"));
    CHECK(lab.side() == Side::upstream);
    if (what == 2) CHECK(lab.record.ending.detail.find("hasn't answered the hello") != std::string::npos);
  }
}

TEST_CASE("a server that speaks plain text has failed its handshake") {
  Lab lab;
  begin_with_mute_server(lab);
  lab.server.send_raw("220 mail ESMTP\r\n");
  REQUIRE(lab.is_over);
  CHECK(lab.reason() == "upstream-handshake-failed");
}

TEST_CASE("a server that refuses by an alert is told by it, and so is the client") {
  Lab lab;
  // A client whose certificate depends on the server's waits for it.
  lab.presenter = std::make_shared<SlowPresenter>();
  begin_with_mute_server(lab);
  lab.server.send_raw(std::string("\x15\x03\x03\x00\x02\x02\x28", 7));
  REQUIRE(lab.is_over);
  CHECK(lab.reason() == "upstream-handshake-failed");
  CHECK(lab.detail().find("handshake_failure") != std::string::npos);
  CHECK(lab.client.alert() == tls::alert::handshake_failure);
}

TEST_CASE("a server whose handshake fails after its certificate has a verdict") {
  Lab lab;
  lab.client_tls.max_version = lab.server_tls.max_version = tls::Version::tls12;
  begin_with_mute_server(lab);
  auto server = lab.server_session();
  server->feed(as_bytes(lab.server.heard));
  while (server->handshake() == tls::Step::want_write) {
  }
  std::string flight(as_text(server->outgoing()));
  lab.server.send_raw(flight);
  lab.server.send_raw(std::string("\x15\x03\x03\x00\x02\x02\x50", 7));
  REQUIRE(lab.is_over);
  CHECK(lab.reason() == "upstream-handshake-failed");
  CHECK(lab.record.verdict);
}

TEST_CASE(
    "a server that leaves the established connection while the client's certificate is made is noticed") {
  Lab lab;
  lab.presenter = std::make_shared<SlowPresenter>();
  lab.begin();
  REQUIRE(lab.server.is_established());
  lab.server.say("too early");
  lab.server.end();
  CHECK_FALSE(lab.is_over);
  lab.finish_background();
  REQUIRE(lab.client.is_established());
  CHECK(lab.client.heard == "too early");
  lab.client.close_notify();
  lab.client.end();
  CHECK(lab.reason() == "truncated");
}

TEST_CASE("a server that is reset while the client's certificate is made ends the connection") {
  Lab lab;
  lab.presenter = std::make_shared<SlowPresenter>();
  lab.begin();
  lab.server.reset();
  REQUIRE(lab.is_over);
  CHECK(lab.reason() == "reset");
  CHECK(lab.side() == Side::upstream);
}

TEST_CASE("an established side isn't read without an end while the other still shakes hands") {
  Lab lab;
  lab.presenter = std::make_shared<SlowPresenter>();
  lab.begin();
  for (int i = 0; i < 40 && lab.server.wire->is_reading; ++i) lab.server.say(std::string(16384, 'x'));
  CHECK_FALSE(lab.server.wire->is_reading);
  lab.finish_background();
  CHECK(lab.client.heard.size() >= 65536);
}
