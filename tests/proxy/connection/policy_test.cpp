// Whether an intercepted connection goes on, by its verdict and by what the system says.
#include <catch2/catch_test_macros.hpp>

#include "certs/system/system_verdict.h"
#include "steps.h"
#include "tls/alert.h"

using namespace mailtap;
using namespace mailtap::proxy;
using namespace mailtap::proxy::test;
using namespace std::chrono_literals;
using inspect::Side;

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
    if (is_pinned) lab.close_in_order();
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

// --- what the system says ---------------------------------------------------------------------------------

TEST_CASE("the line of a connection that is over before Windows has answered waits for it") {
  Lab lab;
  lab.asks_windows = true;
  open(lab);
  lab.close_in_order();
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
  lab.close_in_order();
  CHECK(lab.is_over);
  CHECK(lab.record.windows->verdict.has_value());
}

TEST_CASE("a Windows that doesn't answer keeps the line for ten seconds, or until mailtap is told to end") {
  Lab lab;
  lab.asks_windows = true;
  open(lab);
  lab.close_in_order();
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
