#include "proxy/connection/preamble.h"

#include <catch2/catch_test_macros.hpp>

#include "config/route.h"
#include "fake_leg.h"
#include "fake_timers.h"
#include "inspect/record.h"

using namespace mailtap;
using namespace mailtap::proxy;
using namespace mailtap::proxy::test;
using inspect::Reason;
using inspect::Side;
using Awaited = Deadline::Awaited;
using Next = Preamble::Next;

namespace {

struct Lab {
  explicit Lab(std::uint16_t port, std::optional<bool> starttls = {}, bool allow_plaintext = false) {
    route.starttls = starttls;
    route.allow_plaintext = allow_plaintext;
    downstream.expect_hello();
    preamble.begin(port);
  }

  Next client_says(std::string_view text) { return preamble.on_data(downstream, as_bytes(text), false); }
  Next server_says(std::string_view text) { return preamble.on_data(upstream, as_bytes(text), false); }

  FakeTimers timers;
  config::Route route;
  Leg downstream{Side::downstream};
  Leg upstream{Side::upstream};
  FakeStream& client = open_stream(downstream);  // what each side is sent
  FakeStream& server = open_stream(upstream);
  inspect::ConnectionRecord record;
  Deadline deadline{timers, [] {}};
  Preamble preamble{route, downstream, upstream, record, deadline};
};

}  // namespace

TEST_CASE("a client of TLS that stays silent for a moment has the server asked for a greeting") {
  Lab lab(993);
  CHECK(lab.preamble.waits_for_client());
  CHECK(lab.preamble.listens());
  CHECK(lab.deadline.awaited() == Awaited::hello);
  CHECK_FALSE(lab.preamble.client_is_silent(false));
  CHECK_FALSE(lab.preamble.listens());

  lab.preamble.server_connected();
  CHECK(lab.server.reading);
  CHECK(lab.server_says("* OK ready\r\n") == Next::wait);
  CHECK(lab.client.sent == "* OK ready\r\n");
  CHECK(lab.downstream.is<Leg::Plaintext>());
}

TEST_CASE("a server that greets late has its own time, where TLS doesn't come first for certain") {
  for (const std::uint16_t port : {2525, 25}) {
    Lab lab(port);
    if (lab.preamble.waits_for_client()) CHECK_FALSE(lab.preamble.client_is_silent(false));
    lab.preamble.server_connected();
    CHECK(lab.deadline.ahead() == lab.route.deadlines.starttls);
    CHECK(lab.deadline.awaited() == (port == 25 ? Awaited::greeting : Awaited::hello));
    SECTION("and a client that begins has the hello's") {
      lab.preamble.hello_has_begun();
      CHECK(lab.deadline.awaited() == Awaited::hello);
      CHECK(lab.deadline.ahead() == lab.route.deadlines.hello);
    }
    SECTION("and one that it greets has STARTTLS's") {
      CHECK(lab.server_says("220 ready\r\n") == Next::wait);
      CHECK(lab.deadline.awaited() == Awaited::plaintext);
    }
  }
  Lab imaps(993);
  REQUIRE(imaps.preamble.waits_for_client());
  imaps.preamble.client_is_silent(false);
  imaps.preamble.server_connected();
  CHECK(imaps.deadline.ahead() == imaps.route.deadlines.hello);
}

TEST_CASE("a client that has begun its hello is given the rest of its time") {
  Lab lab(993);
  REQUIRE(lab.preamble.waits_for_client());
  CHECK(lab.preamble.client_is_silent(true));
}

TEST_CASE("after the go-ahead for TLS the client's hello is next") {
  Lab lab(587);
  CHECK_FALSE(lab.preamble.waits_for_client());
  lab.preamble.server_connected();
  CHECK(lab.server_says("220 mail ESMTP\r\n") == Next::wait);
  CHECK(lab.deadline.awaited() == Awaited::plaintext);
  CHECK(lab.client_says("EHLO router\r\n") == Next::wait);
  CHECK(lab.server_says("250-mail\r\n250 STARTTLS\r\n") == Next::wait);
  CHECK(lab.client_says("STARTTLS\r\n") == Next::wait);
  CHECK(lab.server.sent == "EHLO router\r\nSTARTTLS\r\n");
  CHECK(lab.server_says("220 go ahead\r\n") == Next::wait);
  CHECK(lab.client.sent.ends_with("220 go ahead\r\n"));

  CHECK(lab.downstream.is<Leg::Hello>());
  CHECK(lab.upstream.is<Leg::Plaintext>());
  CHECK_FALSE(lab.preamble.is_under_way());
  CHECK(lab.deadline.awaited() == Awaited::hello);
  CHECK(lab.record.starttls->outcome == inspect::PlaintextStart::Outcome::upgraded);
  CHECK(lab.record.plaintext.count() >= 0);
  CHECK(lab.preamble.spoken() == config::Protocol::smtp);

  SECTION("and a server that goes on in plaintext ends the connection") {
    CHECK(lab.server_says("220 more\r\n") == Next::end);
    CHECK(lab.preamble.ending().reason == Reason::plaintext_injected);
  }
  SECTION("and so does one that leaves") {
    CHECK(lab.preamble.on_end(lab.upstream) == Next::end);
    CHECK(lab.preamble.ending().reason == Reason::upstream_handshake_failed);
  }
}

TEST_CASE("a server that greets a client which has begun with TLS ends the connection") {
  Lab lab(587);
  REQUIRE_FALSE(lab.preamble.waits_for_client());
  lab.preamble.server_connected();
  CHECK(lab.preamble.on_data(lab.upstream, as_bytes("220 mail ESMTP\r\n"), true) == Next::end);
  CHECK(lab.preamble.ending().reason == Reason::plaintext_error);
}

TEST_CASE("a server that nobody has asked anything may leave, where TLS may still come first") {
  Lab lab(993);
  REQUIRE(lab.preamble.waits_for_client());
  REQUIRE_FALSE(lab.preamble.client_is_silent(false));
  lab.preamble.server_connected();
  CHECK(lab.preamble.may_lose_server());
  CHECK(lab.preamble.on_end(lab.upstream) == Next::forget);

  Lab on_a_port_of_mail(25);
  REQUIRE_FALSE(on_a_port_of_mail.preamble.waits_for_client());
  on_a_port_of_mail.preamble.server_connected();
  CHECK_FALSE(on_a_port_of_mail.preamble.may_lose_server());
  CHECK(on_a_port_of_mail.preamble.on_end(on_a_port_of_mail.upstream) == Next::end);
  CHECK(on_a_port_of_mail.preamble.ending().reason == Reason::starttls_not_used);
}

TEST_CASE("who leaves without a word in plaintext is a health check") {
  Lab lab(25, true);
  REQUIRE_FALSE(lab.preamble.waits_for_client());
  REQUIRE(lab.preamble.is_under_way());
  CHECK(lab.preamble.on_end(lab.downstream) == Next::end);
  CHECK(lab.preamble.ending().reason == Reason::no_data);

  Lab greeted(25, true);
  REQUIRE_FALSE(greeted.preamble.waits_for_client());
  greeted.preamble.server_connected();
  REQUIRE(greeted.server_says("220 mail ESMTP\r\n") == Next::wait);
  CHECK(greeted.preamble.on_end(greeted.downstream) == Next::end);
  CHECK(greeted.preamble.ending().reason == Reason::starttls_not_used);
}

TEST_CASE("where the route allows plaintext, a client that doesn't ask for TLS is relayed as it is") {
  Lab lab(25, true, true);
  REQUIRE_FALSE(lab.preamble.waits_for_client());
  lab.preamble.server_connected();
  REQUIRE(lab.server_says("220 mail ESMTP\r\n") == Next::wait);
  REQUIRE(lab.client_says("EHLO router\r\n") == Next::wait);
  REQUIRE(lab.server_says("250 mail\r\n") == Next::wait);
  REQUIRE(lab.client_says("MAIL FROM:<a@b.test>\r\n") == Next::relay);
  CHECK_FALSE(lab.preamble.go_on_without_tls());
  CHECK(lab.downstream.is<Leg::Open>());
  CHECK(lab.upstream.is<Leg::Open>());
  CHECK(lab.downstream.session()->backlog() > 0);
  CHECK(lab.record.starttls->relayed);
}

TEST_CASE("a client that waits in plaintext is told why in its protocol's words") {
  Lab lab(25, true);
  REQUIRE_FALSE(lab.preamble.waits_for_client());
  lab.preamble.server_connected();
  REQUIRE(lab.server_says("220 mail ESMTP\r\n") == Next::wait);
  lab.client.sent.clear();
  CHECK(lab.preamble.timed_out().side == Side::downstream);
  CHECK(lab.client.sent.starts_with("421 "));
}
