#include "proxy/connection/handshake_sniffer.h"

#include <catch2/catch_test_macros.hpp>

#include "inspect/record.h"
#include "proxy/connection/sniffed.h"
#include "tests/tls/pair.h"
#include "tests/tls/test_identity.h"
#include "tls/sessions/tickets.h"

using namespace mailtap;
using namespace mailtap::proxy;
using namespace std::chrono_literals;
using inspect::ReactionKind;
using inspect::Reason;
using inspect::Side;
using tls::Sender;

namespace {

constexpr starttls::Opening with_hello{};
constexpr starttls::Opening smtp{starttls::Begins::in_plaintext, config::Protocol::smtp};
constexpr starttls::Opening pop3{starttls::Begins::in_plaintext, config::Protocol::pop3};
constexpr starttls::Opening imap{starttls::Begins::in_plaintext, config::Protocol::imap};

/// A client and a server with the sniffer on the wire between them.
struct Sniffed {
  HandshakeSniffer sniffer{with_hello};
  std::unique_ptr<tests::Pair> pair;

  explicit Sniffed(const starttls::Opening& opening = with_hello) : sniffer(opening) {}

  void begin(tls::Version version, tls::ServerParameters server = {}, tls::ClientParameters client = {}) {
    if (!server.identity) server.identity = tests::make_identity();
    server.max_version = client.max_version = version;
    client.sni = "mail.test";
    pair = std::make_unique<tests::Pair>(std::move(client), std::move(server), tests::Segments::one_byte);
    pair->on_the_way_to_client = [this](Buffer& bytes) { sniffer.see(Sender::server, bytes, 1us); };
    pair->on_the_way_to_server = [this](Buffer& bytes) { sniffer.see(Sender::client, bytes, 1us); };
  }
  void shake_hands(tls::Version version, tls::ServerParameters server = {},
                   tls::ClientParameters client = {}) {
    begin(version, std::move(server), std::move(client));
    pair->shake_hands();
    REQUIRE(pair->established());
  }
  void client_says(std::string_view words) {
    REQUIRE(pair->client->write(as_bytes(words)) == tls::Step::done);
    pair->carry();
  }
  inspect::ConnectionRecord record() const {
    inspect::ConnectionRecord record;
    describe(sniffer, record);
    return record;
  }
  ReactionKind reaction(const StreamEnd& end) const {
    return inspect::reaction_to(reaction_facts(sniffer, end));
  }
};

const StreamEnd client_left{Side::downstream, false, {}, true};
const StreamEnd server_left{Side::upstream, false, {}, true};

void say(HandshakeSniffer& sniffer, Sender who, std::string_view words) {
  sniffer.see(who, as_bytes(words), 0us);
}

}  // namespace

TEST_CASE("a TLS 1.2 handshake shows versions, names and the certificate") {
  Sniffed sniffed;
  sniffed.shake_hands(tls::Version::tls12);
  const auto& facts = sniffed.sniffer.facts();
  CHECK(facts.finished);
  CHECK(facts.server_chain == sniffed.pair->client->peer_chain());
  CHECK(certificate_hidden(facts) == Hidden::no);
  const auto record = sniffed.record();
  for (const auto* leg : {&record.downstream, &record.upstream}) {
    CHECK(leg->version == tls::Version::tls12);
    CHECK(leg->cipher_suite == sniffed.pair->client->agreed().cipher_suite);
    CHECK(leg->group == sniffed.pair->client->agreed().group);
    CHECK(leg->name == "mail.test");
    CHECK_FALSE(leg->resumed);
  }
  CHECK(record.ja4.starts_with("t12d"));
  CHECK(record.undecoded.empty());
}

TEST_CASE("a TLS 1.3 handshake hides the certificate, and its end is told by the records' sizes") {
  Sniffed sniffed;
  sniffed.shake_hands(tls::Version::tls13);
  CHECK(sniffed.sniffer.facts().finished);
  CHECK_FALSE(sniffed.sniffer.facts().client_spoke);
  CHECK(sniffed.sniffer.facts().server_chain.empty());
  CHECK(certificate_hidden(sniffed.sniffer.facts()) == Hidden::encrypted);
  CHECK(sniffed.record().upstream.version == tls::Version::tls13);
  sniffed.client_says("GET /");
  CHECK(sniffed.sniffer.facts().client_spoke);
  CHECK(sniffed.reaction(client_left) == ReactionKind::accepted);
}

TEST_CASE("a resumed session hides the certificate in every version") {
  for (const auto version : {tls::Version::tls12, tls::Version::tls13}) {
    const auto identity = tests::make_identity();
    const auto tickets = *tls::TicketKeys::make();
    const auto server = [&] {
      tls::ServerParameters parameters;
      parameters.identity = identity;
      parameters.tickets = tickets;
      return parameters;
    };
    Sniffed first;
    first.shake_hands(version, server());
    first.client_says("x");
    tls::Step step{};
    tests::read_all(*first.pair->server, step);
    tests::read_all(*first.pair->client, step);
    CHECK_FALSE(first.record().upstream.resumed);

    tls::ClientParameters client;
    client.resume = first.pair->client->take_saved_session();
    REQUIRE(client.resume);
    Sniffed again;
    again.shake_hands(version, server(), std::move(client));
    REQUIRE(again.pair->client->agreed().resumed);
    CHECK(again.record().upstream.resumed);
    CHECK(certificate_hidden(again.sniffer.facts()) == Hidden::resumed);
    CHECK(again.reaction(client_left) == ReactionKind::unknown);
  }
}

TEST_CASE("all that can be learnt is learnt once both sides have sent data") {
  for (const auto version : {tls::Version::tls12, tls::Version::tls13}) {
    Sniffed sniffed;
    sniffed.shake_hands(version);
    sniffed.client_says("GET /");
    CHECK(sniffed.sniffer.stage() == HandshakeSniffer::Stage::tls);
    REQUIRE(sniffed.pair->server->write(as_bytes("200 OK")) == tls::Step::done);
    sniffed.pair->carry();
    CHECK(sniffed.sniffer.stage() == HandshakeSniffer::Stage::over);
    CHECK(sniffed.sniffer.gave_up().empty());
  }
}

TEST_CASE("a client that leaves after the handshake has judged the certificate") {
  for (const auto version : {tls::Version::tls12, tls::Version::tls13}) {
    Sniffed sniffed;
    sniffed.shake_hands(version);
    if (version == tls::Version::tls12) {
      sniffed.pair->client->close_notify();
      sniffed.pair->carry();
    } else {  // mbedTLS pads records, most others don't
      Buffer close_notify{23, 3, 3, 0, 19};
      close_notify.resize(5 + 19);
      sniffed.sniffer.see(Sender::client, close_notify, 2us);
    }
    CHECK(sniffed.reaction(client_left) == ReactionKind::no_request);
    CHECK(ending_of(sniffed.sniffer, client_left).reason == Reason::closed);
  }
}

TEST_CASE("an alert that refuses the certificate is told, in the clear or encrypted") {
  for (const auto version : {tls::Version::tls12, tls::Version::tls13}) {
    Sniffed sniffed;
    // Up to the server's flight, which the client then answers with an alert.
    sniffed.begin(version);
    bool server_spoke = false;
    sniffed.pair->on_the_way_to_client = [&](Buffer& bytes) {
      if (!sniffed.sniffer.facts().finished && !server_spoke) sniffed.sniffer.see(Sender::server, bytes, 1us);
    };
    sniffed.pair->on_the_way_to_server = [&](Buffer& bytes) {
      server_spoke = sniffed.sniffer.facts().server_hello() != nullptr;
      if (!server_spoke) sniffed.sniffer.see(Sender::client, bytes, 1us);
    };
    sniffed.pair->shake_hands();
    REQUIRE(server_spoke);
    REQUIRE_FALSE(sniffed.sniffer.facts().finished);
    CHECK(sniffed.reaction(client_left) == ReactionKind::left_at_certificate);

    const bool in_the_clear = version == tls::Version::tls12;
    Buffer alert = in_the_clear ? Buffer{21, 3, 3, 0, 2, 2, 48} : Buffer{23, 3, 3, 0, 19};
    if (!in_the_clear) alert.resize(5 + 19);
    sniffed.sniffer.see(Sender::client, alert, 2us);
    CHECK(sniffed.reaction(client_left) == ReactionKind::rejected);
    CHECK(alert_of(sniffed.sniffer.facts(), Sender::client) ==
          (in_the_clear ? std::optional(48) : std::nullopt));
    const auto ending = ending_of(sniffed.sniffer, client_left);
    CHECK(ending.reason == Reason::downstream_handshake_failed);
    CHECK(ending.detail == (in_the_clear
                                ? "the client sent the alert unknown_ca (48)"
                                : "the client ended the handshake with an alert, which is encrypted"));
  }
}

TEST_CASE("a handshake that breaks off has failed on the side that left") {
  Sniffed sniffed;
  sniffed.begin(tls::Version::tls13);
  sniffed.pair->client->handshake();
  sniffed.pair->carry();
  CHECK(ending_of(sniffed.sniffer, server_left).reason == Reason::upstream_handshake_failed);
  CHECK(ending_of(sniffed.sniffer, client_left).reason == Reason::downstream_handshake_failed);
  const auto reset = ending_of(sniffed.sniffer, {Side::upstream, true, "connection reset", true});
  CHECK(reset.reason == Reason::reset);
  CHECK(reset.detail == "connection reset");
}

TEST_CASE("STARTTLS is sniffed, and what comes after it is TLS") {
  Sniffed sniffed(smtp);
  auto& sniffer = sniffed.sniffer;
  say(sniffer, Sender::server, "220 mail.test ESMTP\r\n");
  say(sniffer, Sender::client, "EHLO me\r\n");
  say(sniffer, Sender::server, "250-mail.test\r\n250 STARTTLS\r\n");
  say(sniffer, Sender::client, "STARTTLS\r\n");
  CHECK(sniffer.stage() == HandshakeSniffer::Stage::plaintext);
  CHECK_FALSE(sniffer.tls_begun());
  say(sniffer, Sender::server, "220 go\r\n");
  CHECK(sniffer.stage() == HandshakeSniffer::Stage::tls);
  sniffed.shake_hands(tls::Version::tls12);
  CHECK(sniffer.tls_begun());
  CHECK(sniffer.facts().finished);
  REQUIRE(sniffed.record().starttls);
  CHECK(sniffed.record().starttls->outcome == inspect::PlaintextStart::Outcome::upgraded);
}

TEST_CASE("who doesn't ask for TLS is written down, and not watched further") {
  HandshakeSniffer sniffer(smtp);
  say(sniffer, Sender::server, "220 mail.test ESMTP\r\n");
  say(sniffer, Sender::client, "EHLO me\r\n");
  say(sniffer, Sender::server, "250-mail.test\r\n250 STARTTLS\r\n");
  say(sniffer, Sender::client, "MAIL FROM:<a@b>\r\n");
  CHECK(sniffer.stage() == HandshakeSniffer::Stage::over);
  REQUIRE(sniffer.starttls());
  CHECK(sniffer.starttls()->outcome == inspect::PlaintextStart::Outcome::not_asked);
  CHECK(sniffer.starttls()->relayed);
  CHECK(sniffer.gave_up().empty());
  CHECK(ending_of(sniffer, client_left).reason == Reason::closed);
}

TEST_CASE("credentials that follow a command in plaintext are noticed, and a command alone is none") {
  const auto credentials = [](const std::vector<std::pair<Sender, std::string>>& said) {
    HandshakeSniffer sniffer(smtp);
    say(sniffer, Sender::server, "220 mail.test ESMTP\r\n");
    for (const auto& [from, words] : said) say(sniffer, from, words);
    return sniffer.starttls()->credentials;
  };
  using enum Sender;
  CHECK(credentials({{client, "AUTH LOGIN\r\n"},
                     {server, "334 VXNlcm5hbWU6\r\n"},
                     {client, "dXNlcg==\r\n"},
                     {server, "334 UGFzc3dvcmQ6\r\n"},
                     {client, "cG"},
                     {client, "Fzcw==\r\n"}}));
  CHECK(credentials({{client, "AUTH LOGIN dXNlcg==\r\n"}, {server, "334 x\r\n"}, {client, "cA==\r\n"}}));
  CHECK_FALSE(credentials(
      {{client, "AUTH LOGIN\r\n"}, {server, "334 x\r\n"}, {client, "dXNlcg==\r\n"}, {server, "535 no\r\n"}}));
  CHECK_FALSE(credentials({{client, "AUTH SCRAM-SHA-256 biwsbj11LHI9YWJj\r\n"}, {server, "535 no\r\n"}}));
  CHECK(credentials({{client, "AUTH PLAIN\r\nAHUAcA==\r\n"}}));
  CHECK(credentials({{client, "AUTH PLAIN AHUAcA==\r\n"}}));
  CHECK_FALSE(credentials({{client, "AUTH LOGIN\r\n"}, {server, "504 no\r\n"}, {client, "dXNlcg==\r\n"}}));
  CHECK_FALSE(credentials(
      {{client, "AUTH LOGIN\r\n"}, {server, "334 x\r\n"}, {client, "*\r\n"}, {server, "501 no\r\n"}}));
  CHECK_FALSE(credentials({{client, "AUTH LOGIN\r\n"}, {server, "334 x\r\n"}, {client, "RSET please\r\n"}}));
}

TEST_CASE("a POP3 or IMAP client is heard until it has said what it logs in with, or something else") {
  using enum Sender;
  const auto credentials = [](std::string_view greeting, const std::vector<std::string>& lines) {
    HandshakeSniffer sniffer(greeting.starts_with('*') ? imap : pop3);
    say(sniffer, server, greeting);
    for (const auto& line : lines) {
      say(sniffer, client, line);
      say(sniffer, server, greeting.starts_with('*') ? "+ go\r\n" : "+OK\r\n");
    }
    return sniffer.starttls()->credentials;
  };
  for (const std::string line : {"CAPA", "QUIT", "STLS", "PASS", "AUTH", "AUTH PLAIN"})
    CHECK_FALSE(credentials("+OK hi\r\n", {"USER u\r\n", line + "\r\n"}));
  CHECK_FALSE(credentials("+OK hi\r\n", {"AUTH EXTERNAL\r\n", "dXNlcg==\r\n"}));
  CHECK_FALSE(credentials("+OK hi\r\n", {"USER u\r\n", "AUTH LOGIN\r\n", "dXNlcg==\r\n"}));
  CHECK(credentials("+OK hi\r\n", {"USER u\r\n", "AUTH LOGIN\r\n", "dXNlcg==\r\n", "cA==\r\n"}));
  for (const std::string line : {"PASS p", "AUTH PLAIN AHUAcA=="})
    CHECK(credentials("+OK hi\r\n", {"USER u\r\n", "CAPA\r\n", line + "\r\n"}));
  CHECK_FALSE(credentials("* OK hi\r\n", {"a LOGIN {1}\r\n", "u {1}\r\n"}));
  CHECK(credentials("* OK hi\r\n", {"a LOGIN {1}\r\n", "u {1}\r\n", "p\r\n"}));
}

TEST_CASE("a client that begins with TLS where plaintext was expected is watched all the same") {
  Sniffed sniffed(smtp);
  sniffed.shake_hands(tls::Version::tls13);
  CHECK(sniffed.sniffer.facts().finished);
  CHECK_FALSE(sniffed.sniffer.starttls());
}

TEST_CASE("what isn't understood ends the watching, with a reason, and changes no ending") {
  struct Row {
    Sender who;
    std::string_view words, why;
  };
  for (const auto& [who, words, why] : {
           Row{Sender::client, "GET / HTTP/1.1\r\n", "HTTP"},
           Row{Sender::server, "220 hello\r\n", "the server spoke first"},
           Row{Sender::client, "\x16\x09\xff\xff\xff garbage", "of the client"},
       }) {
    HandshakeSniffer sniffer(with_hello);
    say(sniffer, who, words);
    CHECK(sniffer.stage() == HandshakeSniffer::Stage::over);
    CHECK(sniffer.gave_up().find(why) != std::string::npos);
    CHECK(ending_of(sniffer, client_left).reason == Reason::closed);
    say(sniffer, who, "more");
  }
}

TEST_CASE("a hello in SSLv2's format is read as such") {
  // Version 2 client hello (RFC 5246 appendix E.2): TLS 1.0, one suite, no session, a challenge of 16 bytes.
  Buffer hello{0x80, 0x1c, 1, 3, 1, 0, 3, 0, 0, 0, 16, 0, 0, 5};
  hello.resize(hello.size() + 16, 7);
  for (const std::size_t piece : {hello.size(), std::size_t{1}}) {
    HandshakeSniffer sniffer(with_hello);
    for (std::size_t at = 0; at < hello.size(); at += piece)
      sniffer.see(Sender::client, Bytes(hello).subspan(at, piece), 0us);
    sniffer.see(Sender::client, Buffer{21, 3, 1, 0, 2, 2, 40}, 0us);
    REQUIRE(sniffer.facts().client_hellos.size() == 1);
    CHECK(sniffer.facts().client_hellos.front().in_sslv2_format);
    CHECK(alert_of(sniffer.facts(), Sender::client) == 40);
  }
}

TEST_CASE("a client that leaves without a byte is no failed handshake") {
  const HandshakeSniffer sniffer(with_hello);
  CHECK(ending_of(sniffer, {Side::downstream, false, {}, false}).reason == Reason::no_data);
}
