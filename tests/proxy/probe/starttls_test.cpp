#include "proxy/probe/starttls.h"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

using namespace mailtap;
using namespace mailtap::probe;
using State = StarttlsDialogue::State;

namespace {

/// The dialogue as it is on the wire: "S: ..." is said by the server, "C: ..." expected of us. All lines end
/// with CRLF. The last line is how it ends: "secure", or the error.
std::string played(Starttls protocol, const std::vector<std::string>& script, std::size_t segment = 4096) {
  StarttlsDialogue dialogue(protocol);
  auto state = State::waiting;
  std::string transcript;
  for (const auto& said : script) {
    for (std::size_t at = 0; at < said.size() && state != State::failed; at += segment) {
      if (state == State::secure) return transcript + "secure, but more came";
      state = dialogue.feed(as_bytes(std::string_view(said).substr(at, segment)));
      if (state == State::speak) transcript += std::string(dialogue.say());
    }
  }
  if (state == State::failed) return transcript + dialogue.error();
  return transcript + (state == State::secure ? "secure" : "waiting");
}

}  // namespace

TEST_CASE("SMTP: greeting, EHLO, STARTTLS, and TLS begins") {
  for (const std::size_t segment : {1, 7, 4096}) {
    CHECK(played(Starttls::smtp,
                 {"220-mail.contoso.com\r\n220 Microsoft ESMTP MAIL Service ready\r\n",
                  "250-mail.contoso.com Hello\r\n250-SIZE\r\n250-starttls\r\n250 8BITMIME\r\n",
                  "220 2.0.0 SMTP server ready\r\n"},
                 segment) == "EHLO [127.0.0.1]\r\nSTARTTLS\r\nsecure");
  }
}

TEST_CASE("the greeting's lines are kept in one, and nothing after them") {
  probe::StarttlsDialogue dialogue(probe::Starttls::smtp);
  dialogue.feed(as_bytes("220-mail.contoso.com\r\n220 Microsoft ESMTP MAIL Service ready\r\n"));
  dialogue.feed(as_bytes("250-mail.contoso.com Hello\r\n250 STARTTLS\r\n"));
  CHECK(dialogue.greeting() == "220-mail.contoso.com 220 Microsoft ESMTP MAIL Service ready");
}

TEST_CASE("SMTP: a server without STARTTLS, and one that refuses, are told apart") {
  CHECK(played(Starttls::smtp, {"220 hello\r\n", "250-mail\r\n250 XSTARTTLS\r\n"}) ==
        "EHLO [127.0.0.1]\r\nthe server doesn't offer STARTTLS");
  CHECK(played(Starttls::smtp, {"554 go away\r\n"}) == "the server answered \"554 go away\"");
  CHECK(played(Starttls::smtp, {"220 hello\r\n", "250 STARTTLS\r\n", "454 not now\r\n"}) ==
        "EHLO [127.0.0.1]\r\nSTARTTLS\r\nthe server answered \"454 not now\"");
  CHECK(played(Starttls::smtp, {"220 hello\r\n", "502 what?\r\n", "502 what?\r\n"}) ==
        "EHLO [127.0.0.1]\r\nLHLO [127.0.0.1]\r\nthe server answered \"502 what?\"");
}

TEST_CASE("LMTP: a server that knows no EHLO is told LHLO") {
  for (const std::size_t segment : {1, 7, 4096})
    CHECK(played(Starttls::smtp,
                 {"220 mail LMTP\r\n", "500 5.5.1 what?\r\n", "250-mail\r\n250 STARTTLS\r\n", "220 go\r\n"},
                 segment) == "EHLO [127.0.0.1]\r\nLHLO [127.0.0.1]\r\nSTARTTLS\r\nsecure");
  CHECK(played(Starttls::smtp, {"220 mail\r\n", "550 not for you\r\n"}) ==
        "EHLO [127.0.0.1]\r\nthe server answered \"550 not for you\"");
  CHECK(played(Starttls::smtp, {"220 mail\r\n", "500 what?\r\n250 ahead\r\n"}) ==
        "EHLO [127.0.0.1]\r\nthe server answered \"500 what?\"");
}

TEST_CASE("POP3: greeting, CAPA, STLS, and TLS begins") {
  for (const std::size_t segment : {1, 7, 4096}) {
    CHECK(played(Starttls::pop3,
                 {"+OK Dovecot ready.\r\n", "+OK\r\nCAPA\r\nTOP\r\nSTLS\r\nUSER\r\n.\r\n",
                  "+OK Begin TLS negotiation now.\r\n"},
                 segment) == "CAPA\r\nSTLS\r\nsecure");
  }
}

TEST_CASE("POP3: without CAPA STLS is tried all the same; a list without it is an answer") {
  CHECK(played(Starttls::pop3, {"+OK\r\n", "-ERR what?\r\n", "+OK go\r\n"}) == "CAPA\r\nSTLS\r\nsecure");
  CHECK(played(Starttls::pop3, {"+OK\r\n", "+OK\r\nUSER\r\n.\r\n"}) ==
        "CAPA\r\nthe server doesn't offer STARTTLS");
  CHECK(played(Starttls::pop3, {"+OK\r\n", "+OK\r\nSTLS\r\n.\r\n", "-ERR no\r\n"}) ==
        "CAPA\r\nSTLS\r\nthe server answered \"-ERR no\"");
}

TEST_CASE("IMAP: greeting, CAPABILITY, STARTTLS, and TLS begins") {
  for (const std::size_t segment : {1, 7, 4096}) {
    CHECK(played(Starttls::imap,
                 {"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n",
                  "* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\na OK done\r\n", "b OK begin\r\n"},
                 segment) == "a CAPABILITY\r\nb STARTTLS\r\nsecure");
  }
}

TEST_CASE("IMAP: a session that is already logged in, or is refused, isn't encrypted") {
  CHECK(played(Starttls::imap, {"* PREAUTH hello\r\n"}) == "the server answered \"* PREAUTH hello\"");
  CHECK(played(Starttls::imap, {"* OK\r\n", "* BYE overloaded\r\n"}) ==
        "a CAPABILITY\r\nthe server answered \"* BYE overloaded\"");
  CHECK(played(Starttls::imap, {"* OK\r\n", "* CAPABILITY IMAP4rev1\r\na OK\r\n"}) ==
        "a CAPABILITY\r\nthe server doesn't offer STARTTLS");
  CHECK(played(Starttls::imap, {"* OK\r\n", "* CAPABILITY STARTTLS\r\na OK\r\n", "b NO later\r\n"}) ==
        "a CAPABILITY\r\nb STARTTLS\r\nthe server answered \"b NO later\"");
}

TEST_CASE("IMAP: untagged responses may come at any time before TLS") {
  const std::string alert = "* OK [ALERT] Maintenance tonight\r\n";
  for (const std::size_t segment : {1, 7, 4096}) {
    CHECK(played(Starttls::imap,
                 {"* OK hi\r\n" + alert + "* CAPABILITY IMAP4rev1 STARTTLS\r\n",
                  "* CAPABILITY IMAP4rev1 STARTTLS\r\na OK done\r\n" + alert, alert + "b OK begin\r\n"},
                 segment) == "a CAPABILITY\r\nb STARTTLS\r\nsecure");
  }
  // Half a line too.
  CHECK(played(Starttls::imap, {"* OK hi\r\n* O", "K [ALERT] x\r\n* CAPABILITY STARTTLS\r\na OK\r\n",
                                "b OK\r\n"}) == "a CAPABILITY\r\nb STARTTLS\r\nsecure");
  CHECK(played(Starttls::imap, {"* OK hi\r\n* BYE overloaded\r\n"}) ==
        "the server answered \"* BYE overloaded\"");
}

TEST_CASE("SMTP: any 2xx agrees") {
  CHECK(played(Starttls::smtp, {"220 hello\r\n", "250 STARTTLS\r\n", "250 go ahead\r\n"}) ==
        "EHLO [127.0.0.1]\r\nSTARTTLS\r\nsecure");
  CHECK(played(Starttls::smtp, {"220 hello\r\n", "250 STARTTLS\r\n", "354 go ahead\r\n"}) ==
        "EHLO [127.0.0.1]\r\nSTARTTLS\r\nthe server answered \"354 go ahead\"");
}

TEST_CASE("what is in the way of TLS is told from what the server said") {
  const auto obstacle = [](Starttls protocol, const std::vector<std::string>& script) {
    StarttlsDialogue dialogue(protocol);
    for (const auto& said : script)
      if (dialogue.feed(as_bytes(said)) == State::failed) return dialogue.obstacle();
    return dialogue.obstacle_of_waiting();
  };
  using enum Obstacle;
  const std::string hello = "220 x\r\n", offer = "250-x\r\n250 STARTTLS\r\n";
  CHECK(obstacle(Starttls::smtp, {}) == silent);
  CHECK(obstacle(Starttls::smtp, {hello}) == slow);
  CHECK(obstacle(Starttls::smtp, {"\x15\x03\x01"}) == nothing_readable);
  CHECK(obstacle(Starttls::smtp, {"\x01\x02\r\n"}) == nothing_readable);
  CHECK(obstacle(Starttls::smtp, {"* OK Dovecot ready.\r\n"}) == other_protocol);
  CHECK(obstacle(Starttls::smtp, {"SSH-2.0-OpenSSH_9.2\r\n"}) == other_protocol);
  CHECK(obstacle(Starttls::smtp, {"554 5.7.1 blocked\r\n"}) == turned_away);
  CHECK(obstacle(Starttls::smtp, {"421 busy\r\n"}) == turned_away);
  CHECK(obstacle(Starttls::smtp, {hello, "550 no reverse DNS\r\n"}) == turned_away);
  CHECK(obstacle(Starttls::smtp, {hello, "502 what?\r\n", "502 what?\r\n"}) == not_offered);
  CHECK(obstacle(Starttls::smtp, {hello, "250-x\r\n250 SIZE\r\n"}) == not_offered);
  CHECK(obstacle(Starttls::smtp, {hello, "250-x\r\n250 XXXXXXXA\r\n"}) == rewritten);
  CHECK(obstacle(Starttls::smtp, {"220 ***************\r\n", "502 what?\r\n", "502 what?\r\n"}) == rewritten);
  CHECK(obstacle(Starttls::smtp, {hello, offer, "454 TLS not available\r\n"}) == refused);
  CHECK(obstacle(Starttls::smtp, {hello, offer, "220 go\r\n250 hi\r\n"}) == out_of_turn);
  CHECK(obstacle(Starttls::pop3, {"-ERR [SYS/TEMP] busy\r\n"}) == turned_away);
  CHECK(obstacle(Starttls::pop3, {"+OK\r\n", "+OK\r\nSTLS\r\n.\r\n", "-ERR no\r\n"}) == refused);
  CHECK(obstacle(Starttls::imap, {"* BYE too many\r\n"}) == turned_away);
  CHECK(obstacle(Starttls::imap, {"* PREAUTH hi\r\n"}) == not_offered);
  CHECK(obstacle(Starttls::imap, {"* OK\r\n", "* CAPABILITY STARTTLS\r\na OK\r\n", "b BAD no\r\n"}) ==
        refused);
}

TEST_CASE("plain text after the answer to STARTTLS is refused") {
  const auto error =
      played(Starttls::smtp, {"220 hello\r\n", "250 STARTTLS\r\n", "220 go\r\n250 injected\r\n"});
  CHECK(error.find("plain text after its answer to STARTTLS") != std::string::npos);
  // Half a line is no better than a whole one.
  CHECK(played(Starttls::imap, {"* OK\r\n", "* CAPABILITY STARTTLS\r\na OK\r\n", "b OK\r\n*"})
            .find("plain text after its answer to STARTTLS") != std::string::npos);
}

TEST_CASE("an answer that comes before its question is refused") {
  CHECK(played(Starttls::smtp, {"220 hello\r\n250 STARTTLS\r\n220 go\r\n"}) ==
        "the server sent more than it was asked for");
  CHECK(played(Starttls::imap, {"* OK\r\n* CAPABILITY STARTTLS\r\na OK\r\n", "b OK\r\n"}) ==
        "the server sent more than it was asked for");
}

TEST_CASE("a server that talks on and on is left") {
  std::vector<std::string> script(2000, "220-" + std::string(100, 'x') + "\r\n");
  CHECK(played(Starttls::smtp, script) == "the server said more than 64 KiB without coming to an end");
  CHECK(played(Starttls::smtp, {std::string(100'000, 'x')}) ==
        "the server said more than 64 KiB without coming to an end");
}
