// Intercepted connections, both handshakes by real TLS sessions.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "certs/issue/presenter.h"
#include "certs/system/system_verdict.h"
#include "lab.h"
#include "tests/tls/raw_session.h"
#include "tests/tls/test_identity.h"
#include "tls/alert.h"

using namespace mailtap;
using namespace mailtap::proxy;
using namespace mailtap::proxy::test;
using namespace std::chrono_literals;
using inspect::Reason;
using inspect::Side;
using Kind = net::DialFailure::Kind;

namespace {

/// Presents when it is told to, or nothing at all.
class SlowPresenter final : public certs::Presenter {
 public:
  bool needs_upstream_chain() const override { return true; }
  certs::IdentityPtr present_at_once(const certs::PresentationRequest&) override { return nullptr; }
  Result<certs::IdentityPtr> present(const certs::PresentationRequest& request) override {
    last = request;
    if (!makes) return fail("the CA's key is gone");
    return tests::make_identity();
  }
  bool makes = true;
  certs::PresentationRequest last;
};

/// Opens a connection on which both sides have shaken hands.
void open(Lab& lab) {
  lab.begin();
  REQUIRE(lab.client.is_established());
  REQUIRE(lab.server.is_established());
  REQUIRE_FALSE(lab.is_over);
}

void close_in_order(Lab& lab) {
  lab.client.close_notify();
  lab.client.end();
  lab.server.close_notify();
  lab.server.end();
}

/// The handshake is stuck: the client has been sent nothing of ours.
void begin_with_mute_server(Lab& lab) {
  lab.server_begins_with_tls = false;
  lab.begin();
  REQUIRE_FALSE(lab.is_over);
}

}  // namespace

// --- messages ---------------------------------------------------------------------------------------------

TEST_CASE("who shows the messages of handshakes is told of them, also where no trace is written") {
  Lab lab;
  lab.shows_messages = true;
  open(lab);
  close_in_order(lab);
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
  close_in_order(lab);
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
    close_in_order(lab);
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
    close_in_order(lab);
    CHECK(lab.reason() == "closed");
    CHECK(lab.server.heard == "a LOGOUT\r\n");
  }
}

TEST_CASE("nobody needs to watch") {
  Lab lab;
  lab.is_watched = false;
  open(lab);
  close_in_order(lab);
  CHECK(lab.reason() == "closed");
  CHECK(lab.opened_to_watcher == 0);
}

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

// --- presenting -------------------------------------------------------------------------------------------

TEST_CASE("a certificate at hand is shown at once, and both handshakes run at the same time") {
  Lab lab;
  begin_with_mute_server(lab);
  CHECK(lab.client_was_answered_first);
  CHECK(lab.client.is_established());
  lab.client.say("early");
  CHECK_FALSE(lab.is_over);
  lab.server.secure(lab.server_session());
  lab.server.session->feed(as_bytes(std::exchange(lab.server.heard, {})));
  lab.run();
  CHECK(lab.server.is_established());
  CHECK(lab.server.heard == "early");
}

TEST_CASE("the end of the handshake with the server leaves with the request that waits for it") {
  Lab lab;
  begin_with_mute_server(lab);
  lab.client.say("early");
  const auto before = lab.server.wire->sends;
  lab.server.secure(lab.server_session());
  lab.server.session->feed(as_bytes(std::exchange(lab.server.heard, {})));
  lab.run();
  CHECK(lab.server.is_established());
  CHECK(lab.server.heard == "early");
  CHECK(lab.server.wire->sends == before + 1);
}

TEST_CASE("where the client may choose an application protocol, it waits for the server's choice") {
  Lab lab;
  lab.client_tls.alpn = {"imap"};
  lab.server_tls.alpn = {"imap"};
  open(lab);
  CHECK(lab.client.session->agreed().alpn == "imap");
  close_in_order(lab);
  CHECK(lab.record.upstream.alpn == "imap");
}

TEST_CASE("HTTP/2 is agreed on where both sides have it and the route allows it, and read") {
  using Names = std::vector<std::string>;
  struct {
    Names of_client, of_server;
    std::optional<Names> allowed;
    std::string agreed;
  } const cases[]{
      {{"h2", "http/1.1"}, {"h2", "http/1.1"}, std::nullopt, "h2"},
      {{"h2", "http/1.1"}, {"http/1.1", "h2"}, std::nullopt, "http/1.1"},
      {{"h2", "http/1.1"}, {"http/1.1"}, std::nullopt, "http/1.1"},
      {{"http/1.1"}, {"h2", "http/1.1"}, std::nullopt, "http/1.1"},
      {{"h2", "http/1.1"}, {"h2", "http/1.1"}, Names{"http/1.1"}, "http/1.1"},
      {{"h2", "http/1.1"}, {"h2", "http/1.1"}, Names{}, ""},
      {{"h2"}, {"http/1.1"}, std::nullopt, ""},
  };
  for (const auto& [of_client, of_server, allowed, agreed] : cases) {
    Lab lab;
    lab.client_tls.alpn = of_client;
    lab.server_tls.alpn = of_server;
    lab.route.alpn = allowed;
    open(lab);
    CHECK(lab.client.session->agreed().alpn == agreed);
    CHECK(lab.server.session->agreed().alpn == agreed);
    if (agreed == "h2") lab.client.say("GET / HTTP/1.1\r\n\r\n");
    close_in_order(lab);
    CHECK(lab.record.upstream.alpn == agreed);
    CHECK(lab.record.downstream.alpn == agreed);
    CHECK(lab.record.traffic.stopped == (agreed == "h2" ? "not HTTP/2" : ""));
  }
}

TEST_CASE("a certificate that takes a while is made beside the loop, of what the server showed") {
  Lab lab;
  const auto presenter = std::make_shared<SlowPresenter>();
  lab.presenter = presenter;
  lab.begin();
  CHECK(lab.server.is_established());
  CHECK_FALSE(lab.client.is_established());
  lab.finish_background();
  CHECK(lab.client.is_established());
  CHECK(presenter->last.upstream_chain.size() == 1);
  CHECK(presenter->last.upstream_trusted);
  close_in_order(lab);
  CHECK(lab.reason() == "closed");
  CHECK(lab.record.presented_sha256.size() == 64);
}

TEST_CASE("a certificate that can't be made, or not in time, ends the connection with an alert") {
  for (const bool is_late : {false, true}) {
    Lab lab;
    const auto presenter = std::make_shared<SlowPresenter>();
    presenter->makes = false;
    lab.presenter = presenter;
    lab.begin();
    is_late ? lab.pass(lab.route.deadlines.handshake) : lab.finish_background();
    REQUIRE(lab.is_over);
    CHECK(lab.reason() == "presentation-failed");
    CHECK(lab.side() == Side::mailtap);
    CHECK(lab.detail() == (is_late ? "" : "the CA's key is gone"));
    CHECK(lab.client.alert() == tls::alert::internal_error);
  }
}

TEST_CASE("a verdict that comes later is waited for before anything is relayed") {
  Lab lab;
  lab.verdict_is_late = true;
  lab.begin();
  lab.client.say("request");
  CHECK(lab.server.heard.empty());
  lab.give_verdict();
  CHECK(lab.server.heard == "request");
  close_in_order(lab);
  CHECK(lab.reason() == "closed");
}

TEST_CASE("a connection that ends while its verdict is awaited has it in the log") {
  Lab lab;
  lab.verdict_is_late = true;
  lab.begin();
  lab.stop();
  CHECK(lab.reason() == "shutdown");
  CHECK(lab.record.verdict);
}

// --- policy -----------------------------------------------------------------------------------------------

TEST_CASE("a server that isn't trusted is refused where the route says so, before a byte of the client's") {
  Lab lab;
  lab.route.require_trusted = true;
  lab.verdict.findings.push_back({certs::Fault::self_signed, 0, {}});
  lab.begin();
  REQUIRE(lab.is_over);
  CHECK(lab.reason() == "refused-untrusted");
  CHECK(lab.side() == Side::mailtap);
  CHECK(lab.client.alert() == tls::alert::access_denied);
  CHECK(lab.detail().find("self-signed") != std::string::npos);
  CHECK(lab.server.is_established());
  CHECK(lab.server.heard.empty());
}

TEST_CASE("a pinned key lets an untrusted server pass, and another is refused") {
  for (const bool is_pinned : {true, false}) {
    Lab lab;
    lab.route.pins = {is_pinned ? "sha256//aGVyIGtleQ==" : "sha256//b3RoZXI="};
    lab.verdict.findings.push_back({certs::Fault::expired, 0, {}});
    lab.begin();
    CHECK(lab.is_over == !is_pinned);
    if (is_pinned) close_in_order(lab);
    CHECK(lab.reason() == (is_pinned ? "closed" : "refused-untrusted"));
    CHECK(lab.record.decided_by == (is_pinned ? std::optional(inspect::Basis::pin) : std::nullopt));
  }
}

TEST_CASE("a route that is full refuses a client before anything is dialled, until a connection has ended") {
  Lab lab;
  lab.route.max_connections = 2;
  open(lab);
  auto& first = lab.set_aside();
  lab.client_address = "192.0.2.2";
  lab.begin_again();
  REQUIRE_FALSE(lab.is_over);
  auto& second = lab.set_aside();
  for (const auto* address : {"192.0.2.2", "192.0.2.3"}) {
    lab.client_address = address;
    lab.begin_again();
    REQUIRE(lab.is_over);
    CHECK(lab.reason() == "limit-per-route");
    CHECK(lab.side() == Side::mailtap);
    CHECK(lab.detail() == "max-route-connections is reached");
    CHECK(lab.client.saw_end());
    CHECK(lab.dialled == 2);
  }
  first.client.reset();
  REQUIRE(first.is_over);
  lab.begin_again();
  CHECK_FALSE(lab.is_over);
  CHECK(lab.client.is_established());
  CHECK_FALSE(second.is_over);
}

TEST_CASE("a source that has all its connections is refused one more, and others are served") {
  Lab lab;
  lab.route.max_connections_per_source = 1;
  open(lab);
  auto& first = lab.set_aside();
  lab.begin_again();
  REQUIRE(lab.is_over);
  CHECK(lab.reason() == "limit-per-source");
  CHECK(lab.side() == Side::mailtap);
  CHECK(lab.detail() == "max-per-source is reached");
  CHECK(lab.client.saw_end());
  CHECK(lab.dialled == 1);
  lab.client_address = "192.0.2.2";
  lab.begin_again();
  REQUIRE_FALSE(lab.is_over);
  lab.set_aside();
  first.client.reset();
  REQUIRE(first.is_over);
  lab.client_address = "192.0.2.1";
  lab.begin_again();
  CHECK_FALSE(lab.is_over);
  CHECK(lab.client.is_established());
}

TEST_CASE("who is refused for its source has no place of the route's") {
  Lab lab;
  lab.route.max_connections = 2;
  lab.route.max_connections_per_source = 1;
  open(lab);
  lab.set_aside();
  for (int i = 0; i < 3; ++i) {
    lab.begin_again();
    CHECK(lab.reason() == "limit-per-source");
  }
  lab.client_address = "192.0.2.2";
  lab.begin_again();
  CHECK_FALSE(lab.is_over);
}

TEST_CASE("a client that the route doesn't serve is refused before anything is dialled") {
  Lab lab;
  lab.route.ingress.allow_from = {*config::parse_network("203.0.113.0/24")};
  lab.begin();
  REQUIRE(lab.is_over);
  CHECK(lab.reason() == "client-refused");
  CHECK(lab.dialled == 0);
}

// --- what is remembered -----------------------------------------------------------------------------------

TEST_CASE("a second connection resumes the first one's session with the server") {
  for (const auto version : {tls::Version::tls12, tls::Version::tls13}) {
    Lab lab;
    lab.server_tls.tickets = tls::TicketKeys::make().value();
    lab.client_tls.max_version = version;
    lab.server_tls.max_version = version;
    open(lab);
    CHECK_FALSE(lab.record.upstream.resumed);
    lab.server.say("hello");
    close_in_order(lab);
    REQUIRE(lab.is_over);
    lab.begin_again();
    REQUIRE(lab.server.is_established());
    close_in_order(lab);
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
  close_in_order(lab);
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
        close_in_order(lab);
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
      close_in_order(lab);
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

// --- certificates of clients ------------------------------------------------------------------------------

TEST_CASE("a client certificate of the route's is shown to a server that asks, and the log says which") {
  Lab lab;
  lab.server_tls.ask_client_certificate = true;
  lab.change = [](RunningRoute& route) {
    route.client_identity = tests::make_identity();
    route.client_subject = "CN=mail.example";
  };
  open(lab);
  close_in_order(lab);
  CHECK(lab.record.client_certificates.asked_by_server);
  CHECK(lab.record.client_certificates.shown_subject == "CN=mail.example");
}

TEST_CASE("where the route asks in turn, the client is asked when the server is") {
  Lab lab;
  lab.route.ask_client_cert = true;
  lab.server_tls.ask_client_certificate = true;
  lab.client_tls.client_certificate = tests::make_identity();
  open(lab);
  close_in_order(lab);
  CHECK(lab.record.client_certificates.asked_of_client);
  CHECK(lab.record.client_certificates.of_client.size() == 1);
}

TEST_CASE("a server that leaves after it was shown no certificate is said to have left after that") {
  Lab lab;
  lab.server_tls.ask_client_certificate = true;
  lab.server_tls.max_version = tls::Version::tls13;
  open(lab);
  lab.server.reset();
  CHECK(lab.detail().find("client certificate") != std::string::npos);
}

// --- what the system says ---------------------------------------------------------------------------------

TEST_CASE("the line of a connection that is over before Windows has answered waits for it") {
  Lab lab;
  lab.asks_windows = true;
  open(lab);
  close_in_order(lab);
  CHECK_FALSE(lab.is_over);
  lab.let_windows_answer();
  CHECK(lab.is_over);
  CHECK(lab.record.windows->verdict.has_value());
  CHECK(lab.reason() == "closed");
  CHECK(lab.ended_to_watcher == 1);
}

TEST_CASE("the line waits for nothing when Windows has answered during the connection") {
  Lab lab;
  lab.asks_windows = true;
  open(lab);
  lab.let_windows_answer();
  close_in_order(lab);
  CHECK(lab.is_over);
  CHECK(lab.record.windows->verdict.has_value());
}

TEST_CASE("a Windows that doesn't answer keeps the line for ten seconds, or until mailtap is told to end") {
  Lab lab;
  lab.asks_windows = true;
  open(lab);
  close_in_order(lab);
  SECTION("it is waited for") {
    lab.pass(9'999ms);
    CHECK_FALSE(lab.is_over);
    lab.pass(1ms);
  }
  SECTION("mailtap ends") {
    lab.stop();
  }
  CHECK(lab.is_over);
  CHECK_FALSE(lab.record.windows->verdict.has_value());
  CHECK(lab.reason() == "closed");
}
