// Intercepted connections that begin in plaintext.
#include <catch2/catch_test_macros.hpp>

#include "lab.h"

using namespace mailtap;
using namespace mailtap::proxy;
using namespace mailtap::proxy::test;
using namespace std::chrono_literals;
using inspect::Side;

namespace {

struct Words {
  const char* protocol;
  std::uint16_t port;
  const char* greeting;
  const char* asks;
  const char* offers;
  const char* starttls;
  const char* go_ahead;
};

constexpr Words smtp{"smtp",
                     587,
                     "220 mail ESMTP\r\n",
                     "EHLO router\r\n",
                     "250-mail\r\n250 STARTTLS\r\n",
                     "STARTTLS\r\n",
                     "220 go ahead\r\n"};
constexpr Words imap{"imap",
                     143,
                     "* OK ready\r\n",
                     "a CAPABILITY\r\n",
                     "* CAPABILITY IMAP4rev1 STARTTLS\r\na OK\r\n",
                     "b STARTTLS\r\n",
                     "b OK go ahead\r\n"};
constexpr Words pop3{
    "pop3", 110, "+OK ready\r\n", "CAPA\r\n", "+OK\r\nSTLS\r\n.\r\n", "STLS\r\n", "+OK go ahead\r\n"};

struct PlainLab : Lab {
  explicit PlainLab(const Words& its_words = smtp) : words(its_words) {
    route.upstream.port = words.port;
    client_begins_with_tls = server_begins_with_tls = false;
  }
  /// Until the client has what the server offers.
  void greet() {
    begin();
    server.say(words.greeting);
    client.say(words.asks);
    server.say(words.offers);
  }
  void agree() {
    greet();
    client.say(words.starttls);
    server.say(words.go_ahead);
    server.heard.clear();
    client.heard.clear();
  }
  void begin_tls() {
    server.secure(server_session());
    client.secure(client_session());
    run();
  }

  const Words& words;
};

}  // namespace

TEST_CASE("both legs upgrade in each protocol, and what follows is relayed") {
  for (const auto& words : {smtp, imap, pop3}) {
    PlainLab lab(words);
    lab.greet();
    CHECK(lab.client.heard.starts_with(words.greeting));
    CHECK(lab.server.heard == words.asks);
    lab.client.say(words.starttls);
    CHECK(lab.server.heard == std::string(words.asks) + words.starttls);
    lab.server.say(words.go_ahead);
    CHECK(lab.client.heard.ends_with(words.go_ahead));
    lab.client.heard.clear();
    lab.server.heard.clear();
    lab.begin_tls();
    REQUIRE(lab.client.is_established());
    REQUIRE(lab.server.is_established());
    lab.client.say("NOOP\r\n");
    CHECK(lab.server.heard == "NOOP\r\n");
    lab.client.close_notify();
    lab.client.end();
    lab.server.close_notify();
    lab.server.end();
    REQUIRE(lab.is_over);
    CHECK(lab.reason() == "closed");
    CHECK(to_string(lab.record.starttls->protocol.value()) == words.protocol);
    CHECK(lab.record.starttls->outcome == inspect::PlaintextStart::Outcome::upgraded);
    CHECK(lab.record.plaintext.count() >= 0);
  }
}

TEST_CASE("a silent client gets the greeting though the route says nothing of STARTTLS") {
  PlainLab lab;
  lab.route.upstream.port = 2525;
  lab.begin();
  CHECK(lab.dialled == 0);
  lab.pass(1s);
  CHECK(lab.dialled == 1);
  lab.server.say(smtp.greeting);
  CHECK(lab.client.heard == smtp.greeting);
}

TEST_CASE("a client that is slow with its hello is served as ever") {
  PlainLab lab;
  lab.route.upstream.port = 2525;
  lab.begin();
  lab.pass(2s);
  CHECK(lab.dialled == 1);
  lab.server.secure(lab.server_session());
  lab.client.secure(lab.client_session());
  lab.run();
  CHECK(lab.client.is_established());
  CHECK(lab.server.is_established());
  CHECK(lab.dialled == 1);
}

TEST_CASE("a client whose hello has begun when it was to be silent is given the rest of its time") {
  PlainLab lab;
  lab.route.upstream.port = 2525;
  lab.begin();
  lab.client.send_raw("\x16\x03\x01");
  lab.pass(2s);
  CHECK(lab.dialled == 0);
  lab.pass(lab.route.deadlines.hello);
  CHECK(lab.reason() == "hello-timeout");
}

TEST_CASE("a server that tires of a silent client is dialled again for the hello") {
  for (const bool resets : {false, true}) {
    PlainLab lab;
    lab.route.upstream.port = 2525;
    lab.begin();
    lab.pass(1s);
    CHECK(lab.dialled == 1);
    resets ? lab.server.reset() : lab.server.end();
    CHECK_FALSE(lab.is_over);
    lab.server_begins_with_tls = true;
    lab.client.secure(lab.client_session());
    lab.run();
    CHECK(lab.dialled == 2);
    CHECK(lab.server.is_established());
  }
}

TEST_CASE("plaintext behind the client's STARTTLS never reaches the server") {
  PlainLab lab;
  lab.greet();
  lab.client.say("STARTTLS\r\nMAIL FROM:<a@example>\r\n");
  REQUIRE(lab.is_over);
  CHECK(lab.reason() == "plaintext-injected");
  CHECK(lab.side() == Side::downstream);
  CHECK(lab.server.heard.find("MAIL") == std::string::npos);
}

TEST_CASE("plaintext instead of a hello is the same") {
  PlainLab lab;
  lab.agree();
  lab.client.say("NOOP\r\n");
  CHECK(lab.reason() == "plaintext-injected");
  CHECK(lab.side() == Side::downstream);
}

TEST_CASE("plaintext behind the server's go-ahead never reaches the client") {
  for (const bool at_once : {true, false}) {
    PlainLab lab;
    lab.greet();
    lab.client.say("STARTTLS\r\n");
    lab.client.heard.clear();
    if (at_once) {
      lab.server.say("220 go ahead\r\n250 injected\r\n");
    } else {
      lab.server.say("220 go ahead\r\n");
      lab.server.say("250 injected\r\n");
    }
    REQUIRE(lab.is_over);
    CHECK(lab.reason() == "plaintext-injected");
    CHECK(lab.side() == Side::upstream);
    CHECK(lab.client.heard.find("injected") == std::string::npos);
  }
}

TEST_CASE("a server that doesn't offer TLS, or refuses it, is named and the client told") {
  for (const bool offers : {false, true}) {
    PlainLab lab;
    lab.begin();
    lab.server.say(smtp.greeting);
    lab.client.say(smtp.asks);
    lab.server.say(offers ? "250-mail\r\n250 STARTTLS\r\n" : "250 mail\r\n");
    lab.client.say(offers ? "STARTTLS\r\n" : "MAIL FROM:<a@example>\r\n");
    if (offers) lab.server.say("454 not now\r\n");
    REQUIRE(lab.is_over);
    CHECK(lab.reason() == (offers ? "starttls-refused" : "starttls-not-offered"));
    CHECK(lab.server.heard.find("MAIL") == std::string::npos);
    CHECK(lab.client.heard.find("421") != std::string::npos);
  }
}

TEST_CASE("where plaintext is allowed it is relayed, and written down as such") {
  for (const bool half_closes : {false, true}) {
    PlainLab lab;
    lab.route.allow_plaintext = true;
    lab.begin();
    lab.server.say(smtp.greeting);
    lab.client.say(smtp.asks);
    lab.server.say("250 mail\r\n");
    lab.client.say("MAIL FROM:<a@example>\r\n");
    CHECK(lab.server.heard.ends_with("MAIL FROM:<a@example>\r\n"));
    lab.server.say("250 ok\r\n");
    CHECK(lab.client.heard.ends_with("250 ok\r\n"));
    if (half_closes) lab.client.end();
    lab.server.say("more\r\n");
    CHECK(lab.client.heard.ends_with("more\r\n"));
    lab.client.end();
    lab.server.end();
    REQUIRE(lab.is_over);
    CHECK(lab.record.starttls->relayed);
    CHECK_FALSE(lab.record.verdict);
  }
}

TEST_CASE("a client that ends with its first mail command is heard out where plaintext is allowed") {
  PlainLab lab;
  lab.route.allow_plaintext = true;
  lab.begin();
  lab.server.say(smtp.greeting);
  lab.client.wire->to_mailtap += "MAIL FROM:<a@example>\r\n";
  lab.client.end();
  CHECK(lab.server.heard.find("MAIL") != std::string::npos);
  lab.server.say("250 ok\r\n");
  lab.server.end();
  CHECK(lab.is_over);
}

TEST_CASE("a client that speaks before the server is there waits for it") {
  PlainLab lab;
  lab.route.starttls = true;
  lab.dials = {Lab::Dialled::is_silent};
  lab.begin();
  lab.client.say("QUIT\r\n");
  CHECK_FALSE(lab.is_over);
  lab.finish_dial(true);
  lab.server.say(smtp.greeting);
  CHECK(lab.server.heard == "QUIT\r\n");
  lab.client.end();
  lab.server.say("221 bye\r\n");
  CHECK(lab.client.heard.ends_with("221 bye\r\n"));
  lab.server.end();
  CHECK(lab.reason() == "starttls-not-used");
}

TEST_CASE("credentials before TLS are refused and go nowhere") {
  PlainLab lab(imap);
  lab.begin();
  lab.server.say(imap.greeting);
  lab.client.say("a LOGIN alice secret\r\n");
  CHECK(lab.server.heard.find("secret") == std::string::npos);
  lab.client.end();
  lab.server.end();
  REQUIRE(lab.is_over);
  CHECK(lab.record.starttls->credentials);
}

TEST_CASE("silence of either side runs into STARTTLS's deadline, and the client is told in its words") {
  for (const bool server_is_silent : {true, false}) {
    PlainLab lab;
    lab.route.starttls = true;
    lab.begin();
    if (!server_is_silent) lab.server.say(smtp.greeting);
    lab.pass(lab.route.deadlines.starttls);
    REQUIRE(lab.is_over);
    CHECK(lab.reason() == "starttls-timeout");
    CHECK(lab.side() == (server_is_silent ? Side::upstream : Side::downstream));
    CHECK(lab.client.heard.find("421") != std::string::npos);
  }
}

TEST_CASE("neither a greeting nor a hello runs into the server's deadline where mail servers greet") {
  PlainLab lab;
  lab.begin();
  lab.pass(std::max(lab.route.deadlines.starttls, lab.route.deadlines.hello));
  REQUIRE(lab.is_over);
  CHECK(lab.reason() == "starttls-timeout");
  CHECK(lab.side() == Side::upstream);
}

TEST_CASE("a client that asks for TLS and stays silent runs into the hello's deadline") {
  PlainLab lab;
  lab.agree();
  lab.pass(lab.route.deadlines.hello);
  CHECK(lab.reason() == "hello-timeout");
}

TEST_CASE("a client that leaves after the go-ahead has failed its handshake") {
  PlainLab lab;
  lab.agree();
  lab.client.end();
  CHECK(lab.reason() == "downstream-handshake-failed");
  CHECK(lab.detail() == "the client left without a hello after STARTTLS");
}

TEST_CASE("a server that leaves after its go-ahead has failed the handshake") {
  PlainLab lab;
  lab.agree();
  lab.server.end();
  CHECK(lab.reason() == "upstream-handshake-failed");
  CHECK(lab.detail() == "the server closed after its go-ahead for TLS");
}

TEST_CASE("resets before TLS are resets, of the side that they came from") {
  for (const bool is_client : {true, false}) {
    PlainLab lab;
    lab.greet();
    (is_client ? lab.client : lab.server).reset();
    REQUIRE(lab.is_over);
    CHECK(lab.reason() == "reset");
    CHECK(lab.side() == (is_client ? Side::downstream : Side::upstream));
  }
}

TEST_CASE("a client that leaves without a word is no fault, before or after the greeting") {
  PlainLab lab;
  lab.route.starttls = true;
  SECTION("before") {
    lab.begin();
    lab.client.end();
    CHECK(lab.reason() == "no-data");
  }
  SECTION("after") {
    lab.begin();
    lab.server.say(smtp.greeting);
    lab.client.end();
    lab.server.end();
    CHECK(lab.reason() == "starttls-not-used");
  }
  SECTION("by a reset") {
    lab.begin();
    lab.client.reset();
    CHECK(lab.reason() == "no-data");
  }
  CHECK(lab.is_over);
}

TEST_CASE("a client that half-closes after QUIT still hears the answer") {
  PlainLab lab;
  lab.greet();
  lab.client.say("QUIT\r\n");
  lab.client.end();
  lab.server.say("221 bye\r\n");
  CHECK(lab.client.heard.ends_with("221 bye\r\n"));
  lab.server.end();
  REQUIRE(lab.is_over);
  CHECK(lab.reason() == "starttls-not-used");
}

TEST_CASE("a server that closes without a greeting is said to") {
  PlainLab lab;
  lab.begin();
  lab.server.end();
  CHECK(lab.reason() == "starttls-not-used");
  CHECK(lab.detail() == "the server closed without a greeting");
}

TEST_CASE("a server that isn't there is told in the protocol's words") {
  PlainLab lab;
  lab.route.starttls = true;
  lab.dials = {Lab::Dialled::fails};
  lab.begin();
  REQUIRE(lab.is_over);
  CHECK(lab.reason() == "connect-failed");
  CHECK(lab.client.heard.find("421") != std::string::npos);
}

TEST_CASE("a client that begins with TLS where the server greets in plaintext is told apart") {
  PlainLab lab;
  lab.begin();
  lab.client.send_raw("\x16\x03\x01");
  lab.server.say(smtp.greeting);
  REQUIRE(lab.is_over);
  CHECK(lab.reason() == "plaintext-error");
  CHECK(lab.side() == Side::upstream);
}

TEST_CASE("an untrusted server is refused after STARTTLS too") {
  PlainLab lab;
  lab.route.require_trusted = true;
  lab.verdict.findings.push_back({certs::Fault::self_signed, 0, {}});
  lab.agree();
  lab.begin_tls();
  CHECK(lab.reason() == "refused-untrusted");
}

TEST_CASE("a server that seems old after STARTTLS isn't asked again, but remembered") {
  PlainLab lab;
  lab.route.legacy_tls.upstream = true;
  lab.agree();
  lab.client.secure(lab.client_session());
  lab.run();
  lab.server.end();
  REQUIRE(lab.is_over);
  CHECK(lab.dialled == 1);
  CHECK(lab.reason() == "upstream-handshake-failed");
}

TEST_CASE("a stop ends what is still in plaintext with a word") {
  PlainLab lab;
  lab.greet();
  lab.stop();
  CHECK(lab.reason() == "shutdown");
  CHECK(lab.client.heard.find("421") != std::string::npos);
}
