#include "proxy/starttls/plaintext_phase.h"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

using namespace mailtap;
using namespace mailtap::starttls;
using State = PlaintextPhase::State;
using Authentication = inspect::PlaintextStart::Authentication;

namespace {

/// A phase between a client and a server. Each word that is said may be cut into segments of some size.
class Played {
 public:
  explicit Played(std::optional<Protocol> protocol, bool allow_plaintext = false, std::size_t segment = 4096)
      : phase({protocol, allow_plaintext}), segment_(segment) {}

  /// "C: ..." and "S: ..." are said by the client and the server; "C" and "S" alone: it ends its stream.
  /// Lines end with CRLF unless they end with "...", which stands for nothing.
  Played& say(const std::vector<std::string>& script) {
    for (const auto& said : script) {
      const bool client = said[0] == 'C';
      if (said.size() == 1) {
        note(client ? phase.client_ended() : phase.server_ended());
        continue;
      }
      auto words = said.substr(3);
      if (words.ends_with("..."))
        words.resize(words.size() - 3);
      else
        words += "\r\n";
      for (std::size_t at = 0; at < words.size() && state == State::going_on; at += segment_) {
        const auto bytes = as_bytes(std::string_view(words).substr(at, segment_));
        note(client ? phase.from_client(bytes) : phase.from_server(bytes));
      }
    }
    return *this;
  }

  std::string reason() const { return std::string(to_string(phase.ending().reason)); }
  std::string outcome() const { return std::string(to_string(phase.report().outcome)); }

  PlaintextPhase phase;
  State state = State::going_on;
  std::string to_client;
  std::string to_server;

 private:
  void note(State now) {
    state = now;
    to_client += phase.for_client();
    to_server += phase.for_server();
  }
  std::size_t segment_;
};

constexpr std::size_t segments[] = {1, 3, 4096};

const std::string literals_offered = "S: * OK [CAPABILITY IMAP4rev1 LITERAL+ STARTTLS] x";

}  // namespace

// --- RFC 3207 section 5, with the two servers' dialogue as it stands there
// -----------------------------------

TEST_CASE("SMTP: greeting, EHLO and STARTTLS pass through unchanged, and TLS begins") {
  for (const auto segment : segments) {
    Played played(Protocol::smtp, false, segment);
    played.say({"S: 220 mail.imc.org SMTP service ready", "C: EHLO mail.example.com",
                "S: 250-mail.imc.org offers a warm hug of welcome", "S: 250-8BITMIME", "S: 250-STARTTLS",
                "S: 250 DSN", "C: STARTTLS", "S: 220 Go ahead"});
    CHECK(played.state == State::secured);
    CHECK(played.to_server == "EHLO mail.example.com\r\nSTARTTLS\r\n");
    CHECK(played.to_client ==
          "220 mail.imc.org SMTP service ready\r\n250-mail.imc.org offers a warm hug of welcome\r\n"
          "250-8BITMIME\r\n250-STARTTLS\r\n250 DSN\r\n220 Go ahead\r\n");
    CHECK(played.outcome() == "upgraded");
    CHECK(played.phase.report().offered == true);
    CHECK(played.phase.report().protocol == config::Protocol::smtp);
  }
}

// --- RFC 2595 sections 3.1 and 4
// ----------------------------------------------------------------------------

TEST_CASE("POP3: CAPA and STLS pass through, and TLS begins") {
  for (const auto segment : segments) {
    Played played(Protocol::pop3, false, segment);
    played.say({"S: +OK ready", "C: CAPA", "S: +OK", "S: TOP", "S: STLS", "S: .", "C: STLS",
                "S: +OK Begin TLS negotiation"});
    CHECK(played.state == State::secured);
    CHECK(played.to_server == "CAPA\r\nSTLS\r\n");
    CHECK(played.to_client == "+OK ready\r\n+OK\r\nTOP\r\nSTLS\r\n.\r\n+OK Begin TLS negotiation\r\n");
  }
}

TEST_CASE("IMAP: CAPABILITY and STARTTLS pass through, and TLS begins") {
  for (const auto segment : segments) {
    Played played(Protocol::imap, false, segment);
    played.say({"S: * OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] hello", "C: a001 CAPABILITY",
                "S: * CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED", "S: a001 OK CAPABILITY completed",
                "C: a002 STARTTLS", "S: a002 OK Begin TLS negotiation now"});
    CHECK(played.state == State::secured);
    CHECK(played.to_server == "a001 CAPABILITY\r\na002 STARTTLS\r\n");
    CHECK(played.phase.report().offered == true);
  }
}

TEST_CASE("the greeting tells the protocol when the route doesn't") {
  CHECK(Played({}).say({"S: 220 x", "C: STARTTLS", "S: 220 go"}).phase.report().protocol ==
        config::Protocol::smtp);
  CHECK(Played({}).say({"S: +OK x", "C: STLS", "S: +OK"}).phase.report().protocol == config::Protocol::pop3);
  CHECK(Played({}).say({"S: * OK x", "C: a STARTTLS", "S: a OK"}).phase.report().protocol ==
        config::Protocol::imap);

  // SSH, ManageSieve (RFC 5804), NNTP (RFC 3977).
  for (const auto* greeting :
       {"S: SSH-2.0-OpenSSH_9.2", "S: \"IMPLEMENTATION\" \"Dovecot\"", "S: 200 news.example ready"}) {
    auto other = Played({});
    other.say({greeting});
    CHECK(other.reason() == "plaintext-error");
    CHECK(other.phase.ending().detail.find("mode observe") != std::string::npos);
    CHECK(other.to_client.empty());
  }
}

TEST_CASE("a client that speaks XMPP, and so first, is told at once that its STARTTLS isn't known") {
  for (const auto segment : segments)
    for (const auto& protocol : {std::optional<Protocol>{}, std::optional(Protocol::imap)})
      for (const auto* stream :
           {"C: <?xml version='1.0'?><stream:stream>...", "C: <stream:stream to='contoso.com'>..."}) {
        Played played(protocol, false, segment);
        played.say({stream});
        CHECK(played.reason() == "plaintext-error");
        CHECK(played.phase.ending().side == inspect::Side::downstream);
        CHECK(played.phase.ending().detail ==
              "the client speaks XMPP; mailtap knows no STARTTLS of other protocols, which mode observe lets "
              "pass unread");
        CHECK(played.to_client.empty());
      }
  // A server is not said to speak first where the client did.
  Played other({});
  other.say({"C: hello", "S: hello yourself"});
  CHECK(other.phase.ending().detail.starts_with("the server speaks neither SMTP, POP3 nor IMAP; "));
}

TEST_CASE("a client that sends its commands ahead of the answers is served one after another") {
  Played played(Protocol::smtp);
  played.say({"C: EHLO x", "C: NOOP", "C: STARTTLS"});
  CHECK(played.to_server.empty());
  played.say({"S: 220 hello"});
  CHECK(played.to_server == "EHLO x\r\n");
  played.say({"S: 250-mail", "S: 250 STARTTLS"});
  CHECK(played.to_server == "EHLO x\r\nNOOP\r\n");
  played.say({"S: 250 OK"});
  CHECK(played.to_server == "EHLO x\r\nNOOP\r\nSTARTTLS\r\n");
  played.say({"S: 220 go"});
  CHECK(played.state == State::secured);
}

// --- injection: CVE-2011-0411
// -------------------------------------------------------------------------------

TEST_CASE("plaintext behind STARTTLS is refused, in the same segment or a later one") {
  for (const auto segment : segments) {
    for (const auto* injected : {"C: RSET", "C: x..."}) {
      Played played(Protocol::smtp, false, segment);
      played.say({"S: 220 x", "C: EHLO x", "S: 250-x", "S: 250 STARTTLS", "C: STARTTLS\r\nRSET"});
      CHECK(played.reason() == "plaintext-injected");
      CHECK(played.phase.ending().side == inspect::Side::downstream);
      CHECK(played.to_server.find("RSET") == std::string::npos);

      Played later(Protocol::smtp, false, segment);
      later.say({"S: 220 x", "C: STARTTLS", injected, "S: 220 go"});
      CHECK(later.state == State::over);
      CHECK(later.reason() == "plaintext-injected");
      CHECK(later.to_client.find("220 go") == std::string::npos);
    }
  }
}

TEST_CASE("plaintext behind the server's go-ahead is refused, and the go-ahead isn't passed on") {
  const std::vector<std::vector<std::string>> dialogues = {
      {"S: 220 x", "C: STARTTLS", "S: 220 go\r\n250 injected"},
      {"S: +OK x", "C: STLS", "S: +OK go\r\n+OK injected"},
      {"S: * OK x", "C: a STARTTLS", "S: a OK go\r\n* PREAUTH injected"},
      {"S: * OK x", "C: a STARTTLS", "S: a OK go\r\n*..."}};
  for (const auto& dialogue : dialogues) {
    Played played({});
    played.say(dialogue);
    CHECK(played.reason() == "plaintext-injected");
    CHECK(played.phase.ending().side == inspect::Side::upstream);
    CHECK(played.to_client.find("go\r\n") == std::string::npos);
    CHECK(played.outcome() == "unfinished");
  }
}

TEST_CASE("an answer that nobody asked for is refused") {
  for (const auto& dialogue : std::vector<std::vector<std::string>>{{"S: 220 x\r\n220 go ahead"},
                                                                    {"S: +OK x\r\n+OK go ahead"},
                                                                    {"S: * OK x\r\na OK go ahead"},
                                                                    {"S: * OK x\r\n* LIST () \"/\" evil"}}) {
    Played played({});
    played.say(dialogue);
    CHECK(played.reason() == "plaintext-injected");
    CHECK(played.phase.ending().side == inspect::Side::upstream);
  }
}

TEST_CASE("untagged data that only a logged-in session has can't be slipped in before TLS") {
  Played played(Protocol::imap);
  played.say({"S: * OK x", "C: a STARTTLS", "S: * 3 EXISTS"});
  CHECK(played.state == State::over);
  CHECK(played.reason() == "plaintext-error");
}

TEST_CASE("a lone carriage return doesn't hide a second command") {
  Played played(Protocol::smtp);
  played.say({"S: 220 x", "C: NOOP\rMAIL FROM:<a@b>"});
  CHECK(played.reason() == "plaintext-error");
  CHECK(played.to_server.empty());
}

// --- a server, or somebody before it, that takes STARTTLS away
// --------------------------------------------------

TEST_CASE("SMTP: a server that doesn't offer STARTTLS is told of, and its answer is not passed on") {
  for (const auto segment : segments) {
    Played played(Protocol::smtp, false, segment);
    played.say({"S: 220 x", "C: EHLO x", "S: 250-mail", "S: 250-XSTARTTLS", "S: 250 AUTH PLAIN"});
    CHECK(played.state == State::over);
    CHECK(played.reason() == "starttls-not-offered");
    CHECK(played.phase.ending().side == inspect::Side::upstream);
    CHECK(played.to_client == "220 x\r\n421 4.7.0 the server does not offer STARTTLS\r\n");
    CHECK(played.outcome() == "not-offered");
  }
}

TEST_CASE("POP3 and IMAP: a server that doesn't offer STARTTLS is told of") {
  Played pop3(Protocol::pop3);
  pop3.say({"S: +OK x", "C: CAPA", "S: +OK", "S: USER", "S: ."});
  CHECK(pop3.reason() == "starttls-not-offered");
  CHECK(pop3.to_client == "+OK x\r\n-ERR the server does not offer STARTTLS\r\n");

  Played imap(Protocol::imap);
  imap.say({"S: * OK x", "C: a CAPABILITY", "S: * CAPABILITY IMAP4rev1 AUTH=PLAIN", "S: a OK done"});
  CHECK(imap.reason() == "starttls-not-offered");
  CHECK(imap.to_client ==
        "* OK x\r\n* BYE the server does not offer STARTTLS\r\na NO the server does not offer STARTTLS\r\n");

  Played greeting(Protocol::imap);
  greeting.say({"S: * OK [CAPABILITY IMAP4rev1] STARTTLS is only a word here"});
  CHECK(greeting.reason() == "starttls-not-offered");
  CHECK(greeting.to_client == "* BYE the server does not offer STARTTLS\r\n");

  Played preauth(Protocol::imap);
  preauth.say({"S: * PREAUTH you are in"});
  CHECK(preauth.reason() == "starttls-not-offered");
}

TEST_CASE("a server that answers STARTTLS with a no is told of, in its own words and in ours") {
  Played smtp(Protocol::smtp);
  smtp.say({"S: 220 x", "C: EHLO x", "S: 250-x", "S: 250 STARTTLS", "C: STARTTLS", "S: 454 not now"});
  CHECK(smtp.reason() == "starttls-refused");
  CHECK(smtp.phase.ending().detail == "the server answered STARTTLS with 454");
  CHECK(smtp.to_client.ends_with("454 not now\r\n421 4.7.0 the server answered STARTTLS with 454\r\n"));
  CHECK(smtp.phase.report().offered == true);

  // RFC 3207 section 4: asked too early.
  const std::vector<std::string> early{"S: 220 x",  "C: STARTTLS", "S: 503 EHLO first",
                                       "C: EHLO x", "S: 250-x",    "S: 250 STARTTLS"};
  Played again(Protocol::smtp);
  again.say(early).say({"C: MAIL FROM:<a@b>", "C: STARTTLS", "S: 220 go"});
  CHECK(again.state == State::secured);
  CHECK(again.to_server == "STARTTLS\r\nEHLO x\r\nSTARTTLS\r\n");
  CHECK(again.outcome() == "upgraded");
  Played no_more(Protocol::smtp);
  no_more.say(early).say({"C: QUIT", "S: 221 bye", "S"});
  CHECK(no_more.reason() == "starttls-refused");
  CHECK(no_more.phase.ending().detail == "the server answered STARTTLS with 503");

  Played pop3(Protocol::pop3);
  pop3.say({"S: +OK x", "C: STLS", "S: -ERR no"});
  CHECK(pop3.reason() == "starttls-refused");
  CHECK(pop3.to_client == "+OK x\r\n-ERR no\r\n");

  Played imap(Protocol::imap);
  imap.say({"S: * OK x", "C: a STARTTLS", "S: a BAD what?"});
  CHECK(imap.reason() == "starttls-refused");
  CHECK(imap.to_client == "* OK x\r\na BAD what?\r\n* BYE the server answered STARTTLS with BAD\r\n");
}

// --- what has to wait for TLS
// ---------------------------------------------------------------------------------

TEST_CASE("credentials and mail before TLS are refused in the protocol's words and don't reach the server") {
  const std::string secret = "c3ViLXJvc2E=";
  Played smtp(Protocol::smtp);
  smtp.say({"S: 220 x", "C: EHLO x", "S: 250-x", "S: 250 STARTTLS", "C: AUTH PLAIN " + secret,
            "C: MAIL FROM:<a@b>", "C: STARTTLS", "S: 220 go"});
  CHECK(smtp.state == State::secured);
  CHECK(smtp.to_server == "EHLO x\r\nSTARTTLS\r\n");
  CHECK(smtp.to_client.find("538 5.7.11 ") != std::string::npos);
  CHECK(smtp.to_client.find("530 5.7.0 ") != std::string::npos);
  CHECK(smtp.phase.report().authentication == Authentication::refused);

  Played pop3(Protocol::pop3);
  pop3.say({"S: +OK x", "C: USER router", "C: PASS " + secret, "C: QUIT", "S: +OK bye", "S"});
  CHECK(pop3.to_server == "QUIT\r\n");
  CHECK(pop3.to_client ==
        "+OK x\r\n-ERR TLS is required before this: send STLS first\r\n"
        "-ERR TLS is required before this: send STLS first\r\n+OK bye\r\n");
  CHECK(pop3.reason() == "starttls-not-used");
  CHECK(pop3.phase.ending().side == inspect::Side::downstream);
  CHECK(pop3.phase.report().authentication == Authentication::refused);

  Played imap(Protocol::imap);
  imap.say({"S: * OK x", "C: a LOGIN router " + secret, "C: b SELECT INBOX"});
  CHECK(imap.to_server.empty());
  CHECK(imap.to_client ==
        "* OK x\r\na NO [PRIVACYREQUIRED] TLS is required before this: send STARTTLS first\r\n"
        "b NO [PRIVACYREQUIRED] TLS is required before this: send STARTTLS first\r\n");
  CHECK(imap.phase.report().authentication == Authentication::refused);
}

TEST_CASE("a command that asks to log in gives nothing away until something was sent") {
  const auto credentials = [](Protocol protocol, const std::vector<std::string>& script,
                              bool allowed = false) {
    return Played(protocol, allowed).say(script).phase.report().credentials;
  };
  const std::string smtp = "S: 220 x", pop3 = "S: +OK x", imap = "S: * OK x";
  for (const bool allowed : {false, true}) {
    for (const auto* line :
         {"AUTH LOGIN", "auth ntlm", "AUTH PLAIN ", "AUTH PLAIN =", "AUTH",
          "AUTH NTLM TlRMTVNTUAABAAAAt4II4gAAAAA=", "AUTH LOGIN dXNlcg==", "auth login dXNlcg==",
          "AUTH SCRAM-SHA-256 biwsbj11LHI9YWJj",
          "AUTH ANONYMOUS dXNlcg==", "AUTH EXTERNAL dXNlcg==", "AUTH GSSAPI YIIC", "AUTH GSS-SPNEGO YIIC"})
      CHECK_FALSE(credentials(Protocol::smtp, {smtp, "C: " + std::string(line)}, allowed));
    for (const auto* line :
         {"AUTH", "USER u", "AUTH PLAIN", "AUTH \t", "PASS", "PASS ", "APOP u", "AUTH LOGIN dXNlcg=="})
      CHECK_FALSE(credentials(Protocol::pop3, {pop3, "C: " + std::string(line)}, allowed));
    for (const auto* line : {"AUTHENTICATE PLAIN", "AUTHENTICATE NTLM ", "LOGIN {5}", "LOGIN anna {5}",
                             "LOGIN", "LOGIN anna", "LOGIN \"an na\"", "LOGIN \"an\\\" na\" {5}",
                             "LOGIN anna \"\"", "LOGIN anna {0+}\r\n", "AUTHENTICATE LOGIN dXNlcg=="})
      CHECK_FALSE(credentials(Protocol::imap, {imap, "C: a " + std::string(line)}, allowed));
    for (const auto* line : {"AUTH PLAIN AHUAcA==", "AUTH\tPLAIN\tAHUAcA==", "AUTH NTLM TlRMTVNTUAADAAAA",
                             "AUTH XOAUTH2 dXNlcj1h", "AUTH OAUTHBEARER bixh", "AUTH X-OWN dXNlcg=="})
      CHECK(credentials(Protocol::smtp, {smtp, "C: " + std::string(line)}, allowed));
    for (const auto* line : {"PASS p", "APOP u c4c9334bac560ecc979e58001b3e22fb", "AUTH PLAIN AHUAcA=="})
      CHECK(credentials(Protocol::pop3, {pop3, "C: " + std::string(line)}, allowed));
    for (const auto* line : {"LOGIN u p", "LOGIN {1+}\r\nu p", "LOGIN u {1+}\r\np", "LOGIN \"u \\\"\" p",
                             "login u \"p\"", "LOGIN u p}", "AUTHENTICATE PLAIN AHUAcA=="})
      CHECK(credentials(Protocol::imap, {imap, "C: a " + std::string(line)}, allowed));
  }
}

TEST_CASE("who goes on to log in though it was refused has sent credentials") {
  Played smtp(Protocol::smtp);
  smtp.say({"S: 220 x", "C: AUTH LOGIN", "C: dXNlcg=="});
  CHECK_FALSE(smtp.phase.report().credentials);
  smtp.say({"C: cGFzcw=="});
  CHECK(smtp.phase.report().credentials);
  Played with_name(Protocol::smtp);
  with_name.say({"S: 220 x", "C: AUTH LOGIN dXNlcg==", "C: cGFzcw=="});
  CHECK(with_name.phase.report().credentials);
  Played without_secret(Protocol::smtp);
  without_secret.say({"S: 220 x", "C: AUTH ANONYMOUS", "C: dXNlcg==", "C: dXNlcg=="});
  CHECK_FALSE(without_secret.phase.report().credentials);
  Played ahead(Protocol::imap);
  ahead.say({"S: * OK x", "C: a AUTHENTICATE PLAIN\r\nAHUAcA=="});
  CHECK(ahead.phase.report().credentials);
  Played after_nothing(Protocol::imap);
  after_nothing.say({"S: * OK x", "C: a AUTHENTICATE PLAIN\r\n\r\nAHUAcA=="});
  CHECK(after_nothing.phase.report().credentials);
  Played no_more(Protocol::smtp);
  no_more.say({"S: 220 x", "C: AUTH LOGIN", "C: *", "C: VRFY", "C: NOOP", "S: 250 ok", "C: ETRN"});
  CHECK_FALSE(no_more.phase.report().credentials);
}

TEST_CASE("blanks and tabs don't hide STARTTLS, asked for or offered") {
  for (const auto* word : {"STARTTLS ", "starttls\t", "StartTLS \t "}) {
    Played smtp(Protocol::smtp);
    smtp.say({"S: 220 x", "C: EHLO x", "S: 250-x", "S: 250 " + std::string(word), "C: " + std::string(word),
              "S: 220 go"});
    CHECK(smtp.state == State::secured);
    Played imap(Protocol::imap);
    imap.say({"S: * OK x", "C: a CAPABILITY", "S: * CAPABILITY IMAP4rev1 " + std::string(word), "S: a OK",
              "C: b " + std::string(word), "S: b OK go"});
    CHECK(imap.state == State::secured);
  }
  for (const auto* word : {"STLS ", "stls\t", "STLS \t "}) {
    Played pop3(Protocol::pop3);
    pop3.say({"S: +OK x", "C: CAPA", "S: +OK", "S: " + std::string(word), "S: .", "C: " + std::string(word),
              "S: +OK go"});
    CHECK(pop3.state == State::secured);
  }
  Played lmtp(Protocol::smtp);
  lmtp.say({"S: 220 x", "C: LHLO x", "S: 250-x", "S: 250 STARTTLS", "C: STARTTLS", "S: 220 go"});
  CHECK(lmtp.state == State::secured);
}

TEST_CASE(
    "IMAP: a command is taken with the literals that come unasked, and isn't confused with what they hold") {
  for (const auto segment : segments) {
    Played login(Protocol::imap, false, segment);
    login.say({"S: * OK x", "C: a LOGIN router {14+}\r\nx STARTTLS now"});
    CHECK(login.state == State::going_on);
    CHECK(login.to_server.empty());
    CHECK(login.to_client ==
          "* OK x\r\na NO [PRIVACYREQUIRED] TLS is required before this: send STARTTLS first\r\n");
    CHECK(login.phase.report().authentication == Authentication::refused);
    login.say({"C: b STARTTLS", "S: b OK go"});
    CHECK(login.state == State::secured);

    Played id(Protocol::imap, false, segment);
    const std::string command = "a ID (\"name\" {3+}\r\nfoo \"version\" {3+}\r\n1.0)";
    id.say({literals_offered, "C: " + command, "S: * ID NIL", "S: a OK", "C: b STARTTLS", "S: b OK go"});
    CHECK(id.to_server == command + "\r\nb STARTTLS\r\n");
    CHECK(id.state == State::secured);
  }
  for (const auto* line :
       {"C: a ID (\"name\" {3+}\r\n\rb) x", "C: a ID {+}\r\n", "C: a ID {99999999999999999999+}"}) {
    Played odd(Protocol::imap);
    odd.say({literals_offered, line, "S: a OK", "C: b STARTTLS", "S: b OK"});
    CHECK(odd.to_server.find("\rb") == std::string::npos);
    CHECK(odd.state != State::going_on);
  }
  Played endless(Protocol::imap);
  endless.say({"S: * OK x", "C: a ID {60000+}", "C: " + std::string(20'000, 'x') + "..."});
  CHECK(endless.reason() == "plaintext-error");
}

TEST_CASE("IMAP: a command waits with its literal until the server asks for it") {
  for (const auto segment : segments) {
    Played id(Protocol::imap, false, segment);
    id.say({"S: * OK x", "C: a ID (\"name\" {4}"});
    CHECK(id.to_server == "a ID (\"name\" {4}\r\n");
    id.say({"S: + go on"});
    CHECK(id.to_client == "* OK x\r\n+ go on\r\n");
    // Bytes like those that TLS begins with, and a second literal.
    id.say({"C: \xC3\xA4\r\n \"os\" {0}", "S: * OK still here", "S: +", "C: )", "S: * ID NIL", "S: a OK"});
    id.say({"C: b STARTTLS", "S: b OK go"});
    CHECK(id.state == State::secured);
    CHECK(id.to_server == "a ID (\"name\" {4}\r\n\xC3\xA4\r\n \"os\" {0}\r\n)\r\nb STARTTLS\r\n");

    Played refused(Protocol::imap, false, segment);
    refused.say({"S: * OK x", "C: a ID (\"name\" {4}", "S: a BAD no", "C: b STARTTLS", "S: b OK go"});
    CHECK(refused.state == State::secured);

    Played mixed(Protocol::imap, false, segment);
    mixed.say({literals_offered, "C: a ID (\"a\" {1+}\r\nb \"c\" {1}", "S: + go", "C: d \"e\" {1+}\r\nf)",
               "S: a OK", "C: b STARTTLS", "S: b OK go"});
    CHECK(mixed.state == State::secured);
  }
  // Nobody asked, or twice.
  for (const auto& script :
       std::vector<std::vector<std::string>>{{"C: a NOOP", "S: + go"},
                                             {"C: a ID {1}", "S: + go", "S: + go"},
                                             {"C: a ID {1}", "S: + go", "C: x", "S: + go"}}) {
    Played odd(Protocol::imap);
    odd.say({"S: * OK x"}).say(script);
    CHECK(odd.state == State::over);
    CHECK(odd.phase.ending().side == inspect::Side::upstream);
  }
}

TEST_CASE("IMAP: nothing stands behind STARTTLS as a literal") {
  for (const auto segment : segments)
    for (const auto* literal : {"{12+}\r\nb LOGIN u p ", "{12}", "{+}"}) {
      Played played(Protocol::imap, false, segment);
      played.say({literals_offered, "C: a STARTTLS " + std::string(literal), "S: a OK go"});
      CHECK(played.reason() == "plaintext-error");
      CHECK(played.phase.ending().side == inspect::Side::downstream);
      CHECK(played.to_server.empty());
    }
}

TEST_CASE("IMAP: a literal comes unasked to a server alone that doesn't take it for commands") {
  const std::string hidden = "C: a ID (\"x\" {20+}\r\nb STARTTLS\r\nc NOOP\r\n)";
  for (const auto* greeting : {"S: * OK x", "S: * OK [CAPABILITY IMAP4rev1 STARTTLS] x"}) {
    Played unknown(Protocol::imap);
    unknown.say({greeting, hidden});
    CHECK(unknown.to_server.empty());
    CHECK(unknown.to_client.ends_with("\r\na BAD the server hasn't offered LITERAL+\r\n"));
    unknown.say({"C: b STARTTLS", "S: b OK go"});
    CHECK(unknown.state == State::secured);
  }
  for (const auto* offer : {"LITERAL+", "LITERAL-", "IMAP4rev2"}) {
    Played known(Protocol::imap);
    known.say({"S: * OK x", "C: a CAPABILITY", "S: * CAPABILITY STARTTLS " + std::string(offer), "S: a OK",
               hidden});
    CHECK(known.to_server == "a CAPABILITY\r\n" + hidden.substr(3) + "\r\n");
  }
  Played refused(Protocol::imap);
  refused.say({literals_offered, hidden, "S: a BAD what?", "C: b STARTTLS", "S: b OK go"});
  CHECK(refused.reason() == "plaintext-error");
  CHECK(refused.phase.ending().side == inspect::Side::upstream);
  CHECK(refused.to_server == hidden.substr(3) + "\r\n");
}

TEST_CASE("IMAP: an empty line is passed over") {
  Played played(Protocol::imap);
  played.say({"S: * OK x", "C: ", "C: a STARTTLS", "S: a OK go"});
  CHECK(played.state == State::secured);
  CHECK(played.to_server == "a STARTTLS\r\n");
}

// --- a route that allows plaintext
// -----------------------------------------------------------------------------

TEST_CASE("where plaintext is allowed, what needs TLS is handed on as it is") {
  Played played(Protocol::smtp, true);
  played.say(
      {"S: 220 x", "C: EHLO x", "S: 250-x", "S: 250 PIPELINING", "C: MAIL FROM:<a@b>\r\nRCPT TO:<c@d>..."});
  CHECK(played.state == State::plain);
  CHECK(played.outcome() == "not-offered");
  CHECK(played.to_server == "EHLO x\r\n");
  CHECK(played.phase.unpassed_from_client() == "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>");

  Played refused(Protocol::pop3, true);
  refused.say({"S: +OK x", "C: STLS", "S: -ERR no", "C: USER router"});
  CHECK(refused.state == State::plain);
  CHECK(refused.outcome() == "refused");
  CHECK(refused.phase.report().authentication == Authentication::relayed);

  Played not_asked(Protocol::imap, true);
  not_asked.say({"S: * OK x", "C: a SELECT INBOX"});
  CHECK(not_asked.state == State::plain);
  CHECK(not_asked.outcome() == "not-asked");
}

TEST_CASE("where plaintext is allowed, STARTTLS is used all the same by who asks for it") {
  Played played(Protocol::smtp, true);
  played.say({"S: 220 x", "C: EHLO x", "S: 250-x", "S: 250 STARTTLS", "C: STARTTLS", "S: 220 go"});
  CHECK(played.state == State::secured);
}

// --- leaving, and peers that speak something else
// -----------------------------------------------------------------

TEST_CASE("who leaves before TLS is told of") {
  Played client(Protocol::smtp);
  client.say({"S: 220 x", "C: QUIT", "C"});
  CHECK(client.state == State::going_on);  // the answer still arrives
  client.say({"S: 221 bye"});
  CHECK(client.reason() == "starttls-not-used");
  CHECK(client.phase.ending().side == inspect::Side::downstream);
  CHECK(client.to_client == "220 x\r\n221 bye\r\n");

  Played server(Protocol::smtp);
  server.say({"S: 220 x", "C: EHLO x", "S"});
  CHECK(server.reason() == "starttls-not-used");
  CHECK(server.phase.ending().side == inspect::Side::upstream);
  CHECK(server.to_client.find("\r\n421 4.7.0 ") != std::string::npos);

  Played busy(Protocol::imap);
  busy.say({"S: * BYE overloaded", "S"});
  CHECK(busy.reason() == "starttls-not-used");
  CHECK(busy.to_client == "* BYE overloaded\r\n");
}

TEST_CASE("a server that turns the client away is quoted, in the log and not to the client") {
  const auto ending = [](Protocol protocol, const std::vector<std::string>& script) {
    Played played(protocol);
    played.say(script);
    CHECK(played.reason() == "starttls-not-used");
    CHECK(played.to_client.find("had answered") == std::string::npos);
    return played.phase.ending().detail;
  };
  const std::string gone = "the server closed the connection before TLS had begun",
                    left = "the client left without asking for TLS";
  CHECK(ending(Protocol::smtp, {"S: 554-5.7.1 blocked", "S: 554 by\x1b; a list", "S"}) ==
        gone + "; the server had answered \"554-5.7.1 blocked\"");
  CHECK(ending(Protocol::smtp, {"S: 554 by \x1b", "C: QUIT", "S: 221 bye", "S"}) ==
        left + "; the server had answered \"554 by ?\"");
  CHECK(ending(Protocol::smtp, {"S: 220 x", "S: 421 idle", "S"}) ==
        gone + "; the server had answered \"421 idle\"");
  CHECK(ending(Protocol::smtp, {"S: 220 x", "C: EHLO x", "S: 550 no reverse DNS", "S"}) ==
        gone + "; the server had answered \"550 no reverse DNS\"");
  CHECK(ending(Protocol::pop3, {"S: -ERR busy", "C"}) == left + "; the server had answered \"-ERR busy\"");
  CHECK(ending(Protocol::imap, {"S: * BYE overloaded", "S"}) ==
        gone + "; the server had answered \"* BYE overloaded\"");
  CHECK(ending(Protocol::imap, {"S: * OK x", "C: a CAPABILITY", "S: * BYE overloaded", "S"}) ==
        gone + "; the server had answered \"* BYE overloaded\"");
  CHECK(ending(Protocol::smtp, {"S: 421 " + std::string(1000, 'x'), "S"}).size() < 300);
  // Who is served isn't quoted.
  CHECK(ending(Protocol::smtp, {"S: 220 x", "C: EHLO x", "S: 502 what?", "C: HELO x", "S: 250 x", "S"}) ==
        gone);
  CHECK(ending(Protocol::smtp, {"S: 220 x", "C: EHLO x", "S: 250-x", "S"}) == gone);
  CHECK(ending(Protocol::imap, {"S: * OK x", "C: a LOGOUT", "S: * BYE bye", "S"}) == left);
}

TEST_CASE("a client that begins with TLS is told apart, before and after the greeting") {
  for (const auto& dialogue : std::vector<std::vector<std::string>>{{"C: \x16\x03\x01...", "S: 220 x"},
                                                                    {"S: 220 x", "C: \x16..."}}) {
    Played played(Protocol::smtp);
    played.say(dialogue);
    CHECK(played.reason() == "plaintext-error");
    CHECK(played.phase.ending().detail.find("began with TLS") != std::string::npos);
  }
}

TEST_CASE("a server of another protocol is an error") {
  for (const auto* greeting : {"S: +OK hello", "S: 199 x", "S: 22", "S: ", "S: HTTP/1.1 400 Bad Request"}) {
    Played played(Protocol::smtp);
    played.say({greeting});
    CHECK(played.reason() == "plaintext-error");
    CHECK(played.to_client == "421 4.7.0 the server's greeting is not smtp\r\n");
  }
}

TEST_CASE("what has no end is cut off on either side") {
  Played server(Protocol::smtp);
  server.say({"S: 220-" + std::string(9000, 'x') + "..."});
  CHECK(server.reason() == "plaintext-error");
  CHECK(server.phase.ending().side == inspect::Side::upstream);

  Played talker(Protocol::smtp);
  for (int i = 0; i < 2000 && talker.state == State::going_on; ++i)
    talker.say({"S: 220-" + std::string(60, 'x')});
  CHECK(talker.reason() == "plaintext-error");

  Played client(Protocol::smtp);
  client.say({"S: 220 x", "C: " + std::string(20'000, 'x') + "..."});
  CHECK(client.reason() == "plaintext-error");
  CHECK(client.phase.ending().side == inspect::Side::downstream);

  Played commands(Protocol::smtp);
  commands.say({"S: 220 x"});
  for (int i = 0; i < 20'000 && commands.state == State::going_on; ++i)
    commands.say({"C: NOOP", "S: 250 OK"});
  CHECK(commands.reason() == "plaintext-error");
}
