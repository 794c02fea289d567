// Intercepted connections, both handshakes by real TLS sessions.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "steps.h"
#include "tls/alert.h"

using namespace mailtap;
using namespace mailtap::proxy;
using namespace mailtap::proxy::test;
using namespace std::chrono_literals;
using inspect::Side;

// --- messages ---------------------------------------------------------------------------------------------

TEST_CASE("who shows the messages of handshakes is told of them, also where no trace is written") {
  Lab lab;
  lab.shows_messages = true;
  open(lab);
  lab.close_in_order();
  REQUIRE(lab.messages);
  for (const auto* leg : {&lab.messages->downstream, &lab.messages->upstream}) {
    REQUIRE(leg->size() > 3);
    CHECK(leg->front().name == "client_hello");
    CHECK(leg->front().from_client);
    CHECK(leg->front().size > 40);
    CHECK(std::any_of(leg->begin(), leg->end(), [](const auto& message) {
      return message.name == "server_hello" && !message.from_client;
    }));
    CHECK(std::any_of(leg->begin(), leg->end(), [](const auto& message) {
      return message.name == "certificate" && !message.from_client;
    }));
  }
}

TEST_CASE("nobody notes the messages of handshakes where nobody shows them") {
  Lab lab;
  open(lab);
  lab.close_in_order();
  CHECK(lab.ended_to_watcher == 1);
  CHECK_FALSE(lab.messages);
}

// --- relay ------------------------------------------------------------------------------------------------

TEST_CASE("what one side says the other hears, and a goodbye on both sides closes it in order") {
  for (const auto version : {tls::Version::tls12, tls::Version::tls13}) {
    Lab lab;
    lab.client_tls.max_version = lab.server_tls.max_version = version;
    open(lab);
    lab.client.say("a NOOP\r\n");
    CHECK(lab.server.heard == "a NOOP\r\n");
    lab.server.say("a OK\r\n");
    CHECK(lab.client.heard == "a OK\r\n");
    lab.close_in_order();
    REQUIRE(lab.is_over);
    CHECK(lab.reason() == "closed");
    CHECK(lab.side() == Side::mailtap);
    CHECK(lab.record.bytes_to_upstream == 8);
    CHECK(lab.record.bytes_to_downstream == 6);
    CHECK(lab.client.heard_close_notify);
    CHECK(lab.server.heard_close_notify);
    CHECK(lab.record.downstream.address == "192.0.2.1:50000");
    CHECK(lab.record.upstream.address == "192.0.2.25:993");
    CHECK(lab.record.verdict->acceptable());
    CHECK(lab.opened_to_watcher == 1);
    CHECK(lab.ended_to_watcher == 1);
    CHECK(lab.timers.active() == 0);
  }
}

TEST_CASE("a client half-closes, and the reply still arrives") {
  for (const bool with_fin : {true, false}) {
    Lab lab;
    open(lab);
    lab.client.say("request");
    lab.client.close_notify();
    if (with_fin) lab.client.end();
    CHECK(lab.server.heard_close_notify);
    lab.server.say("reply");
    CHECK(lab.client.heard == "reply");
    lab.server.close_notify();
    CHECK(lab.client.heard_close_notify);
    CHECK(lab.is_over);
    CHECK(lab.reason() == "closed");
  }
}

TEST_CASE("a server half-closes, and still hears the client") {
  Lab lab;
  open(lab);
  lab.server.close_notify();
  lab.server.end();
  CHECK(lab.client.heard_close_notify);
  CHECK(lab.client.saw_end());
  lab.client.say("late");
  CHECK(lab.server.heard == "late");
  lab.client.close_notify();
  lab.client.end();
  CHECK(lab.reason() == "closed");
}

TEST_CASE("a side that is cut off is cut off for the other, and the log names it") {
  for (const bool is_client : {true, false}) {
    Lab lab;
    open(lab);
    auto& cut = is_client ? lab.client : lab.server;
    auto& other = is_client ? lab.server : lab.client;
    cut.end();
    CHECK(other.saw_end());
    CHECK_FALSE(other.heard_close_notify);
    other.close_notify();
    other.end();
    REQUIRE(lab.is_over);
    CHECK(lab.reason() == "truncated");
    CHECK(lab.side() == (is_client ? Side::downstream : Side::upstream));
  }
}

TEST_CASE("a side that resets is reset for the other, and the log names it") {
  for (const bool is_client : {true, false}) {
    Lab lab;
    open(lab);
    (is_client ? lab.client : lab.server).reset();
    REQUIRE(lab.is_over);
    CHECK(lab.reason() == "reset");
    CHECK(lab.side() == (is_client ? Side::downstream : Side::upstream));
    CHECK(lab.detail().starts_with("connection reset by peer"));
    CHECK((is_client ? lab.server : lab.client).saw_reset());
    CHECK_FALSE((is_client ? lab.client : lab.server).saw_reset());
  }
}

TEST_CASE("a record that can't be decrypted is a TLS error, and both sides get an alert") {
  for (const bool is_client : {true, false}) {
    Lab lab;
    open(lab);
    auto& broken = is_client ? lab.client : lab.server;
    broken.send_raw(std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x'));
    REQUIRE(lab.is_over);
    CHECK(lab.reason() == "tls-error");
    CHECK(lab.side() == (is_client ? Side::downstream : Side::upstream));
    CHECK(broken.alert() == 20);
    CHECK((is_client ? lab.server : lab.client).alert() == tls::alert::internal_error);
  }
}

TEST_CASE("a side that doesn't take what it is sent has the other wait, and gets it all in the end") {
  for (const bool is_client : {true, false}) {
    Lab lab;
    open(lab);
    auto& sender = is_client ? lab.client : lab.server;
    auto& taker = is_client ? lab.server : lab.client;
    taker.wire->is_clogged = true;
    const std::string chunk(std::size_t{16} * 1024, 'x');
    std::size_t said = 0;
    while (sender.wire->is_reading && said < 64 * chunk.size()) {
      sender.say(chunk);
      said += chunk.size();
    }
    CHECK(said < 10 * chunk.size());
    sender.say("the end");
    sender.close_notify();
    CHECK(taker.heard.empty());
    taker.wire->unclog();
    lab.run();
    CHECK(taker.heard.size() == said + 7);
    CHECK(taker.heard_close_notify);
    taker.close_notify();
    CHECK(lab.reason() == "closed");
  }
}

TEST_CASE("an idle connection ends at its deadline, and a byte now and then is not idle") {
  Lab lab;
  lab.route.deadlines.idle = 60s;
  open(lab);
  for (int i = 0; i < 5; ++i) {
    lab.pass(40s);
    lab.client.say(".");
  }
  CHECK_FALSE(lab.is_over);
  lab.pass(59s);
  CHECK_FALSE(lab.is_over);
  lab.pass(2s);
  REQUIRE(lab.is_over);
  CHECK(lab.reason() == "idle-timeout");
  CHECK(lab.side() == Side::mailtap);
}

TEST_CASE("once the server is through, a client that forgets to close is given half a minute") {
  Lab lab;
  open(lab);
  lab.client.say("request");
  lab.server.say("reply");
  lab.server.close_notify();
  lab.server.end();
  lab.pass(29s);
  CHECK_FALSE(lab.is_over);
  lab.pass(2s);
  REQUIRE(lab.is_over);
  CHECK(lab.reason() == "closed");
  CHECK(lab.detail() == "the client did not close");
}

TEST_CASE("a client that resets after its goodbye has closed") {
  Lab lab;
  open(lab);
  lab.client.close_notify();
  lab.client.reset();
  CHECK(lab.reason() == "closed");
  CHECK(lab.side() == Side::downstream);
}

TEST_CASE("a stop ends it wherever it is, with what it was told") {
  Lab lab;
  SECTION("while it relays") {
    open(lab);
    lab.stop("the drain deadline has passed");
  }
  SECTION("before the hello") {
    lab.client_begins_with_tls = false;
    lab.begin();
    lab.stop("the drain deadline has passed");
    CHECK(lab.client.saw_end());
  }
  SECTION("while the server is dialled") {
    lab.dials = {Lab::Dialled::is_silent};
    lab.begin();
    lab.stop("the drain deadline has passed");
  }
  SECTION("while the server is silent") {
    begin_with_mute_server(lab);
    lab.stop("the drain deadline has passed");
  }
  REQUIRE(lab.is_over);
  CHECK(lab.reason() == "shutdown");
  CHECK(lab.detail() == "the drain deadline has passed");
  CHECK(lab.timers.active() == 0);
}

TEST_CASE("nothing is read as a protocol on a raw route, and a router's log says what was spoken on others") {
  for (const auto protocol : {config::Protocol::raw, config::Protocol::imap}) {
    Lab lab;
    lab.route.protocol = protocol;
    open(lab);
    lab.server.say("* OK ready\r\n");
    lab.client.say("a LOGOUT\r\n");
    lab.server.say("* BYE\r\na OK\r\n");
    lab.close_in_order();
    CHECK(lab.reason() == "closed");
    CHECK(lab.server.heard == "a LOGOUT\r\n");
  }
}

TEST_CASE("nobody needs to watch") {
  Lab lab;
  lab.is_watched = false;
  open(lab);
  lab.close_in_order();
  CHECK(lab.reason() == "closed");
  CHECK(lab.opened_to_watcher == 0);
}
