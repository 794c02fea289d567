// How connections come in, up to the strategy.
#include <catch2/catch_test_macros.hpp>

#include "lab.h"

using namespace mailtap;
using namespace mailtap::proxy;
using namespace mailtap::proxy::test;
using namespace std::chrono_literals;
using inspect::Side;

namespace {

struct ComingLab : Lab {
  ComingLab() { client_begins_with_tls = false; }
  void shake_hands() {
    client.heard.clear();
    client.secure(client_session());
    run();
    REQUIRE(client.is_established());
    REQUIRE(server.is_established());
  }
};

struct TunnelLab : ComingLab {
  TunnelLab() {
    route.ingress.connect_proxy = true;
    route.ingress.connect_allow = {*config::parse_destination("mail.example")};
    route.upstream = {};
  }
  void request(const std::string& target = "mail.example:993") {
    begin();
    client.say("CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n");
  }
};

constexpr auto header = "PROXY TCP4 203.0.113.7 198.51.100.9 40000 993\r\n";

}  // namespace

TEST_CASE("a PROXY header tells who the client is, and where it went") {
  ComingLab lab;
  lab.route.ingress.proxy_protocol = true;
  for (const bool in_one : {true, false}) {
    lab.client_begins_with_tls = false;
    lab.begin();
    if (in_one)
      lab.client.say(header);
    else
      for (const char c : std::string_view(header)) lab.client.say(std::string(1, c));
    lab.shake_hands();
    lab.close_in_order();
    CHECK(lab.record.downstream.address == "203.0.113.7:40000");
    CHECK(lab.record.arrival.proxy == "192.0.2.1:50000");
  }
}

TEST_CASE("a PROXY header goes on to the server where the route says so") {
  ComingLab lab;
  lab.route.ingress.proxy_protocol = true;
  lab.route.ingress.send_proxy_protocol = config::ProxyVersion::v1;
  lab.server_begins_with_tls = false;
  lab.begin();
  lab.client.say(header);
  lab.client.secure(lab.client_session());
  lab.run();
  CHECK(lab.server.heard.starts_with(header));
}

TEST_CASE("what is no PROXY header where one is required ends it, and so does none in time") {
  ComingLab lab;
  lab.route.ingress.proxy_protocol = true;
  lab.begin();
  SECTION("wrong") {
    lab.client.say("EHLO router\r\n");
  }
  SECTION("half of it, and gone") {
    lab.client.say("PROXY TCP4");
    lab.client.end();
  }
  SECTION("late") {
    lab.client.say("PROXY TCP4");
    lab.pass(lab.route.deadlines.hello);
    CHECK(lab.detail() == "the client didn't send its PROXY header");
    REQUIRE(lab.is_over);
    CHECK(lab.reason() == "hello-timeout");
    return;
  }
  REQUIRE(lab.is_over);
  CHECK(lab.reason() == "proxy-header-bad");
  CHECK(lab.dialled == 0);
}

TEST_CASE("only those who send PROXY headers must") {
  ComingLab lab;
  lab.route.ingress.proxy_protocol = true;
  lab.route.ingress.proxy_protocol_from = {*config::parse_network("203.0.113.0/24")};
  lab.begin();
  lab.shake_hands();
  lab.close_in_order();
  CHECK(lab.record.arrival.proxy.empty());
}

TEST_CASE("a client that its PROXY header tells of may be one that isn't served") {
  ComingLab lab;
  lab.route.ingress.proxy_protocol = true;
  lab.route.ingress.allow_from = {*config::parse_network("192.0.2.0/24")};
  lab.begin();
  lab.client.say(header);
  REQUIRE(lab.is_over);
  CHECK(lab.reason() == "client-refused");
}

TEST_CASE("a client that comes without a word is no fault, though a load balancer spoke for it") {
  for (const bool resets : {false, true}) {
    ComingLab lab;
    lab.route.ingress.connect_proxy = true;
    lab.begin();
    resets ? lab.client.reset() : lab.client.end();
    CHECK(lab.reason() == "no-data");
  }
}

TEST_CASE("a tunnel is opened when the server is there, and TLS goes through it") {
  for (const auto mode : {config::Mode::intercept, config::Mode::observe}) {
    TunnelLab lab;
    lab.route.mode = mode;
    lab.client_tls.max_version = tls::Version::tls12;
    lab.request();
    CHECK(lab.client.heard.starts_with("HTTP/1.1 200"));
    CHECK(lab.dialled_targets == std::vector<std::string>{"mail.example:993"});
    lab.shake_hands();
    lab.close_in_order();
    CHECK(lab.reason() == "closed");
    CHECK(lab.record.arrival.way == inspect::Arrival::Way::connect);
    CHECK(lab.record.upstream_configured == "mail.example:993");
    CHECK(lab.record.upstream.address == "192.0.2.25:993");
  }
}

TEST_CASE("a client that doesn't wait for the answer is heard") {
  TunnelLab lab;
  lab.dials = {Lab::Dialled::is_silent};
  lab.request();
  auto session = lab.client_session();
  session->handshake();
  lab.client.send_raw(as_text(session->outgoing()));
  session->consume_outgoing(session->outgoing().size());
  for (int i = 0; i < 20 && lab.client.wire->is_reading; ++i) lab.client.send_raw(std::string(16384, 'x'));
  CHECK_FALSE(lab.client.wire->is_reading);
  lab.finish_dial(true);
  CHECK(lab.client.heard.starts_with("HTTP/1.1 200"));
}

TEST_CASE("a tunnel that can't be opened is refused by a sentence") {
  struct Case {
    net::DialFailure::Kind kind;
    const char* status;
    const char* reason;
  };
  using Kind = net::DialFailure::Kind;
  for (const auto& [kind, status, reason] :
       {Case{Kind::not_connected, "502", "connect-failed"}, Case{Kind::not_resolved, "502", "resolve-failed"},
        Case{Kind::loops, "508", "loop"}, Case{Kind::timed_out, "504", "connect-timeout"}}) {
    TunnelLab lab;
    lab.dials = {Lab::Dialled::fails};
    lab.dial_failure = {kind, "as the system says"};
    lab.request();
    REQUIRE(lab.is_over);
    CHECK(lab.reason() == reason);
    CHECK(lab.client.heard.starts_with("HTTP/1.1 " + std::string(status)));
  }
}

TEST_CASE("a request that isn't right is refused by a sentence") {
  struct Case {
    std::string request;
    const char* status;
  };
  for (const auto& [request, status] :
       {Case{"GET / HTTP/1.1\r\nHost: mail.example\r\n\r\n", "405"}, Case{"\x16\x03\x01\r\n", "400"},
        Case{"CONNECT mail.example:993 HTTP/1.1\r\nX: " + std::string(9000, 'x') + "\r\n\r\n", "431"}}) {
    TunnelLab lab;
    lab.begin();
    lab.client.say(request);
    REQUIRE(lab.is_over);
    CHECK(lab.reason() == "connect-refused");
    CHECK(lab.client.heard.starts_with("HTTP/1.1 " + std::string(status)));
  }
}

TEST_CASE("a client of CONNECT that is late, leaves or is stopped hears of it") {
  SECTION("late") {
    TunnelLab lab;
    lab.begin();
    lab.client.say("CONNECT");
    lab.pass(lab.route.deadlines.hello);
    CHECK(lab.reason() == "hello-timeout");
    CHECK(lab.client.heard.starts_with("HTTP/1.1 408"));
  }
  SECTION("gone in its request") {
    TunnelLab lab;
    lab.begin();
    lab.client.say("CONNECT");
    lab.client.end();
    CHECK(lab.reason() == "connect-refused");
  }
  SECTION("gone, or reset, while the server is dialled") {
    for (const bool resets : {false, true}) {
      TunnelLab lab;
      lab.dials = {Lab::Dialled::is_silent};
      lab.request();
      resets ? lab.client.reset() : lab.client.end();
      REQUIRE(lab.is_over);
      CHECK(lab.reason() == (resets ? "reset" : "downstream-handshake-failed"));
      CHECK(lab.timers.active() == 0);
    }
  }
  SECTION("stopped in its request") {
    TunnelLab lab;
    lab.begin();
    lab.client.say("CONNECT");
    lab.stop();
    CHECK(lab.reason() == "shutdown");
    CHECK(lab.client.heard.starts_with("HTTP/1.1 503"));
  }
  SECTION("stopped while the server is dialled") {
    TunnelLab lab;
    lab.dials = {Lab::Dialled::is_silent};
    lab.request();
    lab.stop();
    CHECK(lab.reason() == "shutdown");
    CHECK(lab.client.heard.starts_with("HTTP/1.1 503"));
  }
}

TEST_CASE("a destination that isn't allowed is refused, and nothing dialled") {
  TunnelLab lab;
  lab.route.ingress.connect_allow = {*config::parse_destination("mail.example.org")};
  lab.request();
  REQUIRE(lab.is_over);
  CHECK(lab.reason() == "connect-refused");
  CHECK(lab.client.heard.starts_with("HTTP/1.1 403"));
  CHECK(lab.dialled == 0);
}

TEST_CASE("the name that a client asks for chooses its server") {
  ComingLab lab;
  lab.route.ingress.sni_routes = {*config::parse_sni_route("mail.example=exchange.internal:443")};
  lab.route.upstream = {};
  lab.begin();
  lab.shake_hands();
  CHECK(lab.dialled_targets == std::vector<std::string>{"exchange.internal:443"});
  lab.close_in_order();
  CHECK(lab.record.arrival.way == inspect::Arrival::Way::sni);
}

TEST_CASE("a name that no server is known for, or what is no hello, is refused by an alert") {
  ComingLab lab;
  lab.route.ingress.sni_routes = {*config::parse_sni_route("other.example=exchange.internal:443")};
  lab.route.upstream = {};
  SECTION("unknown") {
    lab.client_begins_with_tls = true;
    lab.begin();
    CHECK(lab.reason() == "unknown-name");
    CHECK(lab.client.alert() == 112);
    CHECK(lab.record.downstream.name == "mail.example");
  }
  SECTION("none") {
    lab.client_begins_with_tls = true;
    lab.client_tls.sni.clear();
    lab.begin();
    CHECK(lab.reason() == "unknown-name");
  }
  SECTION("no hello") {
    lab.begin();
    lab.client.say("EHLO router\r\n");
    CHECK(lab.reason() == "not-tls");
  }
  SECTION("half a hello, and gone") {
    lab.begin();
    lab.client.send_raw("\x16\x03\x01");
    lab.client.end();
    CHECK(lab.reason() == "downstream-handshake-failed");
  }
  SECTION("half a hello, and silence") {
    lab.begin();
    lab.client.send_raw("\x16\x03\x01");
    lab.pass(lab.route.deadlines.hello);
    CHECK(lab.reason() == "hello-timeout");
  }
  SECTION("half a hello, and a stop") {
    lab.begin();
    lab.client.send_raw("\x16\x03\x01");
    lab.stop();
    CHECK(lab.reason() == "shutdown");
  }
  REQUIRE(lab.is_over);
  CHECK(lab.dialled == 0);
}

TEST_CASE("a diverted connection goes where it was going") {
  ComingLab lab;
  lab.route.ingress.transparent = config::Transparency::redirect;
  lab.route.upstream = {};
  SECTION("there") {
    lab.original_destination = net::Address::parse("203.0.113.25", 993);
    lab.begin();
    lab.shake_hands();
    CHECK(lab.dialled_targets == std::vector<std::string>{"203.0.113.25:993"});
    lab.close_in_order();
    CHECK(lab.record.arrival.way == inspect::Arrival::Way::redirect);
  }
  SECTION("and to IPv6") {
    lab.original_destination = net::Address::parse("2001:db8::25", 993);
    lab.begin();
    CHECK(lab.dialled_targets.empty());
    lab.shake_hands();
    CHECK(lab.dialled_targets == std::vector<std::string>{"[2001:db8::25]:993"});
  }
  SECTION("and one that wasn't diverted came to mailtap itself") {
    lab.begin();
    REQUIRE(lab.is_over);
    CHECK(lab.reason() == "loop");
  }
}
