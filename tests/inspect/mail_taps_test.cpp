// Transcripts out of the RFCs, in every segmentation.
#include <catch2/catch_test_macros.hpp>

#include "inspect/mail/mail_tap.h"
#include "mail_transcript.h"

using namespace mailtap;
using namespace mailtap::inspect;
using config::Protocol;
using test::MailTranscript;
using Script = std::vector<std::string>;

namespace {

/// What is told of the script, the same in all of several segmentations.
std::string told(Protocol protocol, const Script& script, bool greeted = false) {
  const auto once = MailTranscript(protocol, 1 << 20, 1, greeted).hear(script).close().told();
  CHECK(MailTranscript(protocol, 1, 1, greeted).hear(script).close().told() == once);
  for (unsigned seed = 1; seed <= 10; ++seed)
    CHECK(MailTranscript(protocol, 0, seed, greeted).hear(script).close().told() == once);
  return once;
}

std::string stopped(Protocol protocol, const Script& script) {
  return MailTranscript(protocol).hear(script).close().stopped;
}

// RFC 5321 appendix D.1, shortened.
const Script rfc5321{"S: 220 foo.com Simple Mail Transfer Service Ready",
                     "C: EHLO bar.com",
                     "S: 250-foo.com greets bar.com",
                     "S: 250-8BITMIME",
                     "S: 250-SIZE",
                     "S: 250 HELP",
                     "C: MAIL FROM:<Smith@bar.com>",
                     "S: 250 OK",
                     "C: RCPT TO:<Jones@foo.com>",
                     "S: 250 OK",
                     "C: RCPT TO:<Green@foo.com>",
                     "S: 550 No such user here",
                     "C: DATA",
                     "S: 354 Start mail input; end with <CRLF>.<CRLF>",
                     "C: Subject: dots",
                     "C: ",
                     "C: ..",
                     "C: QUIT",
                     "C: .",
                     "S: 250 OK",
                     "C: QUIT",
                     "S: 221 foo.com Service closing transmission channel"};

}  // namespace

// --- SMTP -------------------------------------------------------------------------------------------------

TEST_CASE("SMTP: each command has its answer, and a message its size without the stuffed dots") {
  // "Subject: dots" and the empty line, "." and "QUIT", each with CRLF.
  CHECK(told(Protocol::smtp, rfc5321) ==
        "greeting 220; EHLO 250; MAIL 250; RCPT 250; RCPT 550; DATA 250 1 of 26; QUIT 221");
  MailTranscript transcript(Protocol::smtp);
  transcript.hear(rfc5321);
  CHECK(transcript.exchanges[4].failed);
  const auto& data = transcript.exchanges[5];
  CHECK_FALSE(data.failed);
  CHECK(data.request_bytes == 6 + 15 + 2 + 4 + 6 + 3);  // DATA, the message as it was sent, the dot
  CHECK(data.response_bytes == 46 + 8);
  CHECK(data.first_byte.count() > 0);
  CHECK(data.total > data.first_byte);
}

TEST_CASE("SMTP: commands sent ahead of their answers (RFC 2920 section 4) are matched in order") {
  CHECK(told(Protocol::smtp,
             {"S: 220 x", "C: EHLO x", "S: 250 x", "C: MAIL FROM:<a@b>", "C: RCPT TO:<c@d>",
              "C: RCPT TO:<e@f>", "C: DATA", "S: 250 sender ok", "S: 250 ok", "S: 550 no",
              "S: 354 enter mail", "C: .", "S: 554 no valid recipients", "C: QUIT", "S: 221 x"}) ==
        "greeting 220; EHLO 250; MAIL 250; RCPT 250; RCPT 550; DATA 554; QUIT 221");
}

TEST_CASE("SMTP: a message sent without waiting for 354 is no command") {
  const std::string sent =
      "DATA\r\nPlease type\r\nMAIL FROM:<forged@x>\r\nDATA\r\n..\r\n.\r\nMAIL FROM:<b@x>\r\nDATA\r\n"
      "two\r\n.\r\nBDAT 6 LAST\r\nQUIT\r\nQUIT\r\n";
  for (const std::size_t segment : {1U, 7U, 4096U}) {
    MailTranscript transcript(Protocol::smtp, segment, 1, true, false, config::NameDisplay::plain);
    transcript.bytes(true, "MAIL FROM:<a@x>\r\n" + sent);
    transcript.hear({"S: 250 ok", "S: 354 go", "S: 250 queued", "S: 250 ok", "S: 354 go", "S: 250 queued",
                     "S: 250 6 octets", "S: 221 bye"});
    CHECK(transcript.told() ==
          "MAIL 250; DATA 250 1 of 44; MAIL 250; DATA 250 1 of 5; BDAT 250 1 of 6; QUIT 221");
    CHECK(transcript.names() == "MAIL address=a@x; MAIL address=b@x");
    CHECK(transcript.stopped.empty());
  }
}

TEST_CASE(
    "SMTP: what was sent ahead of DATA's answer is the rest of the message, or commands if it is refused") {
  const Script begin{"S: 220 x", "C: EHLO x", "S: 250 x", "C: DATA", "C: text"};
  auto script = begin;
  for (const auto* more : {"S: 354 go", "C: more", "C: .", "S: 250 ok", "C: QUIT", "S: 221 x"})
    script.emplace_back(more);
  CHECK(told(Protocol::smtp, script) == "greeting 220; EHLO 250; DATA 250 1 of 12; QUIT 221");
  script = begin;
  for (const auto* more : {"C: .", "C: DATA", "C: QUIT", "S: 503 no recipient", "S: 500 text?", "S: 500 .?",
                           "S: 503 no recipient", "S: 221 x"})
    script.emplace_back(more);
  CHECK(told(Protocol::smtp, script) ==
        "greeting 220; EHLO 250; DATA 503; other 500; other 500; DATA 503; QUIT 221");
  CHECK(told(Protocol::smtp, begin) == "greeting 220; EHLO 250; DATA unanswered");
}

TEST_CASE("SMTP: what is sent ahead of DATA's answer is held within a bound") {
  const std::string lines(std::size_t{64} * 1024, '\n');
  for (const std::size_t segment : {1U, 4096U, 1U << 20U}) {
    MailTranscript transcript(Protocol::smtp, segment, 1, true);
    transcript.hear({"C: DATA"}).bytes(true, lines);
    CHECK(transcript.stopped.empty());
    transcript.bytes(true, "\n");
    CHECK(transcript.stopped == "too much sent ahead of the answer to DATA");
    CHECK(transcript.told() == "DATA unanswered");
  }
}

TEST_CASE("SMTP: authentication of several lines (RFC 4954 section 4) is one exchange") {
  const Script script{"S: 220 x",
                      "C: EHLO x",
                      "S: 250 AUTH",
                      "C: AUTH LOGIN",
                      "S: 334 VXNlcm5hbWU6",
                      "C: cm91dGVy",
                      "S: 334 UGFzc3dvcmQ6",
                      "C: QUIT",
                      "S: 535 5.7.8 no",
                      "C: AUTH CRAM-MD5",
                      "S: 334 PDQxOTI5",
                      "C: cm91dGVy",
                      "S: 235 2.7.0 yes",
                      "C: AUTH PLAIN AHRlc3QAMTIzNA==",
                      "S: 503 already"};
  CHECK(told(Protocol::smtp, script) == "greeting 220; EHLO 250; AUTH 535; AUTH 235; AUTH 503");
  MailTranscript transcript(Protocol::smtp);
  transcript.hear(script);
  CHECK(transcript.exchanges[2].authentication.scheme == AuthScheme::basic);
  CHECK(transcript.exchanges[2].authentication.stage == AuthStage::refused);
  CHECK(transcript.exchanges[2].findings == std::vector{TrafficFinding::basic_over_tls});
  CHECK(transcript.exchanges[3].authentication.scheme == AuthScheme::digest);
  CHECK(transcript.exchanges[3].authentication.stage == AuthStage::accepted);
  CHECK(transcript.exchanges[3].findings.empty());
}

TEST_CASE("SMTP: credentials without TLS are a finding") {
  MailTranscript transcript(Protocol::smtp, 4096, 1, true, true);
  transcript.hear({"C: AUTH PLAIN AHRlc3QAMTIzNA==", "S: 235 ok"});
  REQUIRE(transcript.exchanges.size() == 1);
  CHECK(transcript.exchanges[0].findings == std::vector{TrafficFinding::plaintext_authentication});
}

TEST_CASE("SMTP: a message in chunks (RFC 3030 section 4.2) is counted with its last") {
  MailTranscript transcript(Protocol::smtp, 0, 7);
  transcript.hear({"S: 220 x", "C: EHLO x", "S: 250 CHUNKING", "C: MAIL FROM:<a@b>", "S: 250 ok"});
  transcript.bytes(true, "BDAT 7\r\nQUIT\r\n.BDAT 5 LAST\r\n\r\n.\r\n");
  transcript.hear({"S: 250 7 octets", "S: 250 message", "C: RSET", "S: 250 ok"});
  CHECK(transcript.told() == "greeting 220; EHLO 250; MAIL 250; BDAT 250; BDAT 250 1 of 12; RSET 250");
  CHECK(transcript.exchanges[3].request_bytes == 8 + 7);
}

TEST_CASE("SMTP: a message ends with CRLF.CRLF alone, and no line of it is a command") {
  for (const std::string eod : {"\n.\n", "\n.\r\n", "\r\n.\n", "\r\n.\r\r\n", "\r.\r", "\r\n\0.\r\n"}) {
    const auto stuffed = eod.starts_with("\r\n.") ? 1U : 0U;  // a dot that begins a line of the message
    for (const std::size_t segment : {1U, 2U, 3U, 4096U}) {
      MailTranscript transcript(Protocol::smtp, segment);
      transcript.hear({"S: 220 x", "C: EHLO x", "S: 250 x", "C: DATA", "S: 354 x"});
      transcript.bytes(true, "hello" + eod + "MAIL FROM:<forged@x>\r\nDATA\r\ntext\r\n.\r\n");
      transcript.hear({"S: 250 queued", "C: QUIT", "S: 221 x"});
      CHECK(transcript.stopped.empty());
      CHECK(transcript.told() == "greeting 220; EHLO 250; DATA 250 1 of " +
                                     std::to_string(5 + eod.size() + 22 + 6 + 6 - stuffed) + "; QUIT 221");
    }
  }
}

TEST_CASE("SMTP: a server that takes LF.LF for the end says so by its answer") {
  for (const std::string eod : {"\n.\n", "\n.\r\n", "\r\n.\n"}) {
    MailTranscript transcript(Protocol::smtp, 1);
    transcript.bytes(false, "220 x\n").bytes(true, "HELO x\n").bytes(false, "250 x\n");
    transcript.bytes(true, "DATA\n").bytes(false, "354 x\n").bytes(true, "hello" + eod);
    transcript.bytes(false, "250 ok\n").bytes(true, "QUIT\n").bytes(false, "221 x\n");
    const auto size = std::to_string(5 + eod.find('.'));
    CHECK(transcript.told() == "greeting 220; HELO 250; DATA 250 1 of " + size + "; QUIT 221");
  }
}

TEST_CASE("SMTP: commands that end with LF alone are followed unless the server may take two for one") {
  MailTranscript all(Protocol::smtp, 1, 1, true);
  all.bytes(true, "EHLO x\nNOOP\nRSET\n").hear({"S: 250 x", "S: 250 ok", "S: 250 ok"});
  all.bytes(true, "NOOP\nQUIT\r\n").hear({"S: 250 ok", "S: 221 x"});
  CHECK(all.told() == "EHLO 250; NOOP 250; RSET 250; NOOP 250; QUIT 221");

  MailTranscript mixed(Protocol::smtp, 1, 1, true);
  mixed.bytes(true, "NOOP\r\nNOOP\n\r\n").hear({"S: 250 ok", "S: 250 ok"});
  CHECK(mixed.told() == "NOOP 250; NOOP unanswered; other unanswered");
  CHECK(mixed.stopped == "a command that ends with LF alone");
}

TEST_CASE("LMTP: after the message each recipient has an answer (RFC 2033 section 4.2)") {
  const Script begin{"S: 220 x",           "C: LHLO x",        "S: 250 PIPELINING",
                     "C: MAIL FROM:<a@b>", "C: RCPT TO:<c@d>", "S: 250 ok",
                     "S: 250 ok",          "C: RCPT TO:<e@f>", "S: 550 no",
                     "C: RCPT TO:<g@h>",   "S: 250 ok",        "C: DATA",
                     "S: 354 x",           "C: text",          "C: ."};
  auto script = begin;
  for (const auto* more : {"S: 452 c is full", "S: 250 g ok", "C: QUIT", "S: 221 x"})
    script.emplace_back(more);
  CHECK(told(Protocol::smtp, script) ==
        "greeting 220; LHLO 250; MAIL 250; RCPT 250; RCPT 550; RCPT 250; DATA 250 1 of 6; QUIT 221");
  script = begin;
  for (const auto* more : {"S: 452 c is full", "S: 452 g too", "C: QUIT", "S: 221 x"})
    script.emplace_back(more);
  CHECK(told(Protocol::smtp, script) ==
        "greeting 220; LHLO 250; MAIL 250; RCPT 250; RCPT 550; RCPT 250; DATA 452; QUIT 221");
}

TEST_CASE("a command is no credential until something was sent") {
  const auto findings = [](Protocol protocol, const Script& script, bool plaintext) {
    MailTranscript transcript(protocol, 4096, 1, true, plaintext);
    transcript.hear(script).close();
    std::size_t count = 0;
    for (const auto& exchange : transcript.exchanges) count += exchange.findings.size();
    return count;
  };
  const std::vector<std::pair<Protocol, Script>> none{
      {Protocol::smtp, {"C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6", "C: *", "S: 501 given up"}},
      {Protocol::smtp, {"C: AUTH PLAIN =", "S: 501 no"}},
      {Protocol::smtp, {"C: AUTH PLAIN", "S: 504 no"}},
      {Protocol::smtp, {"C: AUTH NTLM TlRMTVNTUAABAAAAt4II4gAAAAA=", "S: 535 no"}},
      {Protocol::smtp, {"C: AUTH LOGIN dXNlcg==", "S: 334 x", "C: *", "S: 501 given up"}},
      {Protocol::smtp, {"C: AUTH LOGIN", "S: 334 x", "C: dXNlcg==", "S: 535 no"}},
      {Protocol::smtp, {"C: AUTH SCRAM-SHA-256 biwsbj11LHI9YWJj", "S: 535 no"}},
      {Protocol::smtp, {"C: AUTH EXTERNAL dXNlcg==", "S: 235 ok"}},
      {Protocol::smtp, {"C: AUTH ANONYMOUS", "S: 334 ", "C: dXNlcg==", "S: 235 ok"}},
      {Protocol::pop3, {"C: PASS", "S: -ERR no"}},
      {Protocol::pop3, {"C: AUTH", "S: +OK", "S: PLAIN", "S: ."}},
      {Protocol::pop3, {"C: USER u", "S: +OK", "C: QUIT", "S: +OK"}},
      {Protocol::pop3, {"C: AUTH PLAIN", "S: -ERR no"}},
      {Protocol::imap, {"C: a AUTHENTICATE PLAIN", "S: a NO not here"}},
      {Protocol::imap, {"C: a AUTHENTICATE PLAIN", "S: + ", "C: *", "S: a BAD given up"}},
      {Protocol::imap, {"C: a LOGIN {4}", "S: a NO not here"}},
      {Protocol::imap, {"C: a LOGIN u", "S: a BAD no password"}},
      {Protocol::imap, {"C: a LOGIN \"u v\" \"\"", "S: a NO"}},
      {Protocol::imap, {"C: a LOGIN anna {4}", "S: a NO not here"}}};
  for (const auto& [protocol, script] : none)
    for (const bool plaintext : {true, false}) CHECK(findings(protocol, script, plaintext) == 0);
  const std::vector<std::pair<Protocol, Script>> some{
      {Protocol::smtp, {"C: AUTH LOGIN", "S: 334 x", "C: dQ==", "S: 334 y", "C: cA==", "S: 235 ok"}},
      {Protocol::smtp, {"C: AUTH PLAIN AHUAcA==", "S: 504 no"}},
      {Protocol::smtp, {"C: AUTH LOGIN dXNlcg==", "S: 334 x", "C: cA==", "S: 535 no"}},
      {Protocol::pop3, {"C: USER u", "S: +OK", "C: PASS p", "S: -ERR"}},
      {Protocol::pop3, {"C: AUTH PLAIN", "S: +", "C: AHUAcA==", "S: +OK"}},
      {Protocol::imap, {"C: a LOGIN u p", "S: a NO"}},
      {Protocol::imap, {"C: a LOGIN {1}", "S: +", "C: u {1}", "S: +", "C: p", "S: a OK"}},
      {Protocol::imap, {"C: a AUTHENTICATE PLAIN AHUAcA==", "S: a OK"}},
      {Protocol::imap, {"C: a AUTHENTICATE LOGIN", "S: +", "C: dQ==", "S: +", "C: cA==", "S: a OK"}}};
  for (const auto& [protocol, script] : some)
    for (const bool plaintext : {true, false}) CHECK(findings(protocol, script, plaintext) == 1);
}

TEST_CASE("SMTP: after STARTTLS there is no second greeting") {
  CHECK(told(Protocol::smtp, {"C: EHLO x", "S: 250 x", "C: QUIT", "S: 221 x"}, true) == "EHLO 250; QUIT 221");
}

TEST_CASE("SMTP: what can't be followed ends the tap, with what was begun") {
  CHECK(stopped(Protocol::smtp, {"S: HTTP/1.1 400"}) == "not SMTP");
  CHECK(stopped(Protocol::smtp, {"S: 220 x", "S: 250 x"}) == "an answer to nothing");
  CHECK(stopped(Protocol::smtp, {"S: 220 x", "C: BDAT x", "S: 250 x"}) == "a BDAT chunk without a size");
  CHECK(stopped(Protocol::smtp, {"S: 220 x", "C: STARTTLS", "S: 220 go"}) == "TLS inside the connection");
  CHECK(stopped(Protocol::smtp, {"S: 220 x", "C: DATA", "S: 354 x", "C: body", "S: 552 too big"}) ==
        "an answer in the middle of a message");
  CHECK(stopped(Protocol::smtp, Script(300, "C: NOOP")) == "too many commands without an answer");
}

TEST_CASE("SMTP: a connection that ends leaves what it asked unanswered") {
  CHECK(told(Protocol::smtp, {"S: 220 x", "C: EHLO x", "S: 250 x", "C: DATA", "S: 354 x",
                              "C: half a mess"}) == "greeting 220; EHLO 250; DATA unanswered");
}

// --- POP3 -------------------------------------------------------------------------------------------------

TEST_CASE("a server that says goodbye without end fills no log") {
  MailTranscript smtp(Protocol::smtp);
  smtp.hear({"S: 220 x"}).hear(Script(100, "S: 421 too long idle"));
  CHECK(smtp.told() == "greeting 220; greeting 421");
  CHECK(smtp.stopped == "an answer to nothing");
  MailTranscript pop3(Protocol::pop3);
  pop3.hear({"S: +OK x"}).hear(Script(100, "S: -ERR too long idle"));
  CHECK(pop3.told() == "greeting +OK; greeting -ERR");
}

TEST_CASE("blanks and tabs after a command's word are no part of it") {
  CHECK(stopped(Protocol::smtp, {"S: 220 x", "C: starttls \t", "S: 220 go"}) == "TLS inside the connection");
  CHECK(stopped(Protocol::smtp, {"S: 220 x", "C: STARTTLS\t", "S: 220 go"}) == "TLS inside the connection");
  CHECK(stopped(Protocol::pop3, {"S: +OK x", "C: stls ", "S: +OK go"}) == "TLS inside the connection");
  CHECK(stopped(Protocol::imap, {"S: * OK x", "C: a STARTTLS\t", "S: a OK"}) == "TLS inside the connection");
}

TEST_CASE("POP3: the session of RFC 1939 section 10") {
  CHECK(told(Protocol::pop3, {"S: +OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>",
                              "C: APOP mrose c4c9334bac560ecc979e58001b3e22fb",
                              "S: +OK mrose's maildrop has 2 messages (320 octets)",
                              "C: STAT",
                              "S: +OK 2 320",
                              "C: LIST",
                              "S: +OK 2 messages (320 octets)",
                              "S: 1 120",
                              "S: 2 200",
                              "S: .",
                              "C: RETR 1",
                              "S: +OK 120 octets",
                              "S: Subject: x",
                              "S: ",
                              "S: ..",
                              "S: -ERR in the message",
                              "S: .",
                              "C: DELE 1",
                              "S: +OK message 1 deleted",
                              "C: LIST 9",
                              "S: -ERR no such message",
                              "C: QUIT",
                              "S: +OK bye"}) ==
        "greeting +OK; APOP +OK; STAT +OK; LIST +OK; RETR +OK 1 of 38; DELE +OK; LIST -ERR; QUIT +OK");
}

TEST_CASE("POP3: passwords and AUTH of several lines are authentications") {
  const Script script{
      "S: +OK x", "C: USER router", "S: +OK",        "C: PASS secret", "S: -ERR no", "C: AUTH", "S: +OK",
      "S: PLAIN", "S: .",           "C: AUTH PLAIN", "S: + ",          "C: QUIT",    "S: +OK",  "C: CAPA",
      "S: +OK",   "S: UIDL",        "S: .",          "C: AUTH NTLM",   "S: -ERR no", "C: NOOP", "S: +OK"};
  CHECK(told(Protocol::pop3, script) ==
        "greeting +OK; USER +OK; PASS -ERR; AUTH +OK; AUTH +OK; CAPA +OK; AUTH -ERR; NOOP +OK");
  MailTranscript transcript(Protocol::pop3);
  transcript.hear(script);
  CHECK(transcript.exchanges[2].authentication.stage == AuthStage::refused);
  CHECK(transcript.exchanges[3].authentication.scheme == AuthScheme::none);
  CHECK(transcript.exchanges[4].authentication.scheme == AuthScheme::basic);
  CHECK(transcript.exchanges[6].authentication.scheme == AuthScheme::ntlm);
}

TEST_CASE("POP3: a list of lines that end with CRLF ends with CRLF.CRLF alone") {
  for (const std::string inner : {"\n.\n", "\n.\r\n", "\r\n.\n"}) {
    for (const std::size_t segment : {1U, 2U, 4096U}) {
      MailTranscript transcript(Protocol::pop3, segment);
      transcript.hear({"S: +OK x", "C: RETR 1", "S: +OK message follows"});
      transcript.bytes(false, "hello" + inner + "+OK forged\r\n.\r\n").hear({"C: QUIT", "S: +OK bye"});
      CHECK(transcript.told() ==
            "greeting +OK; RETR +OK 1 of " +
                std::to_string(5 + inner.size() + 12 - (inner.starts_with("\r\n.") ? 1U : 0U)) +
                "; QUIT +OK");
    }
  }
}

TEST_CASE("POP3: a server that ends its lines with LF ends its lists so too") {
  MailTranscript transcript(Protocol::pop3, 1);
  transcript.bytes(false, "+OK x\n").hear({"C: RETR 1"}).bytes(false, "+OK\nhello\n..\n.\n");
  transcript.hear({"C: QUIT"}).bytes(false, "+OK bye\n");
  CHECK(transcript.told() == "greeting +OK; RETR +OK 1 of 8; QUIT +OK");

  MailTranscript mixed(Protocol::pop3, 1);  // only the message has LF alone, and the client goes by it
  mixed.hear({"S: +OK x", "C: RETR 1", "S: +OK"}).bytes(false, "hello\n.\n").hear({"C: QUIT", "S: +OK bye"});
  CHECK(mixed.told() == "greeting +OK; RETR +OK 1 of 6; QUIT +OK");
}

TEST_CASE("POP3: what can't be followed ends the tap") {
  CHECK(stopped(Protocol::pop3, {"S: * OK imap"}) == "not POP3");
  CHECK(stopped(Protocol::pop3, {"S: +OK x", "S: +OK x"}) == "an answer to nothing");
  CHECK(stopped(Protocol::pop3, {"S: +OK x", "C: STLS", "S: +OK go"}) == "TLS inside the connection");
}

// --- IMAP -------------------------------------------------------------------------------------------------

TEST_CASE("IMAP: the session of RFC 3501 section 8") {
  CHECK(told(Protocol::imap, {"S: * OK IMAP4rev1 Service Ready",
                              "C: a001 login mrose secret",
                              "S: a001 OK LOGIN completed",
                              "C: a002 select inbox",
                              "S: * 18 EXISTS",
                              "S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)",
                              "S: * 2 RECENT",
                              "S: * OK [UNSEEN 17] Message 17 is the first unseen message {5}",
                              "S: a002 OK [READ-WRITE] SELECT completed",
                              "C: a003 fetch 12 full",
                              "S: * 12 FETCH (FLAGS (\\Seen) RFC822.SIZE 4286 ENVELOPE (\"Wed\" NIL))",
                              "S: a003 OK FETCH completed",
                              "C: a004 fetch 12 body[header]",
                              "S: * 12 FETCH (BODY[HEADER] {12}",
                              "S: Subject: x",
                              "S: )",
                              "S: a004 OK FETCH completed",
                              "C: a005 store 12 +flags \\deleted",
                              "S: * 12 FETCH (FLAGS (\\Seen \\Deleted))",
                              "S: a005 OK +FLAGS completed",
                              "C: a006 logout",
                              "S: * BYE IMAP4rev1 server terminating connection",
                              "S: a006 OK LOGOUT completed"}) ==
        "greeting OK; LOGIN OK; SELECT OK; FETCH OK; FETCH OK 0 of 12; STORE OK; LOGOUT OK");
}

TEST_CASE("IMAP: literals, asked for and unasked, are passed over in both directions") {
  CHECK(told(Protocol::imap,
             {"S: * OK x", "C: a LOGIN {6}", "S: + go", "C: router {6}", "S: + go", "C: secret", "S: a OK in",
              "C: b LOGIN {6+}", "C: router {6+}", "C: b OK x", "S: b OK in",
              "C: c UID FETCH 1:2 (BODY.PEEK[])", "S: * 1 FETCH (UID 1 BODY[] {12}", "S: c OK no, not UID 2)",
              "S: * 2 FETCH (BODY[]<0> {4}", "S: * 3 FLAGS ())", "S: c OK done"}) ==
        "greeting OK; LOGIN OK; LOGIN OK; UID FETCH OK 2 of 16");
}

TEST_CASE("IMAP: an appended message has its size, if the server takes it") {
  const Script script{"S: * OK x", "C: a APPEND Sent (\\Seen) {310}"};
  MailTranscript taken(Protocol::imap, 0, 3);
  taken.hear(script).hear({"S: + ready"}).bytes(true, std::string(310, '\n') + "\r\n").hear({"S: a OK done"});
  CHECK(taken.told() == "greeting OK; APPEND OK 1 of 310");
  CHECK(taken.exchanges[1].request_bytes == 29 + 310 + 2);

  MailTranscript refused(Protocol::imap);
  refused.hear(script).hear({"S: a NO no room", "C: b NOOP", "S: b OK"});
  CHECK(refused.told() == "greeting OK; APPEND NO; NOOP OK");
}

TEST_CASE("IMAP: IDLE (RFC 2177) lasts from its command to its tagged answer") {
  MailTranscript transcript(Protocol::imap);
  transcript.hear({"S: * OK x", "C: A003 IDLE", "S: + idling", "S: * 4 EXISTS", "S: * 2 EXPUNGE", "C: DONE",
                   "S: A003 OK IDLE terminated", "C: A4 NOOP", "S: A4 OK"});
  CHECK(transcript.told() == "greeting OK; IDLE OK; NOOP OK");
  CHECK(transcript.exchanges[1].request_bytes == 11 + 6);
  CHECK(told(Protocol::imap, {"S: * OK x", "C: a IDLE", "C: DONE", "S: + idling", "S: a OK", "C: b NOOP",
                              "S: b OK"}) == "greeting OK; IDLE OK; NOOP OK");
}

TEST_CASE("IMAP: a DONE that crosses the end of its IDLE is passed over, whatever the server says to it") {
  for (const auto* to_done : {"S: * BAD DONE", "S: DONE BAD no command", "S: * OK Still here"})
    CHECK(told(Protocol::imap, {"S: * OK x", "C: a IDLE", "S: + idling", "S: a BAD timeout", "C: DONE",
                                to_done, "C: b NOOP", "S: b OK", "C: done", "C: c LOGOUT", "S: c OK"}) ==
          "greeting OK; IDLE BAD; NOOP OK; LOGOUT OK");
}

TEST_CASE("IMAP: authentication of several lines is one exchange, also when it is refused early") {
  const Script script{
      "S: * PREAUTH x", "C: a AUTHENTICATE GSSAPI", "S: + ",         "C: a OK YIIB", "S: + YGgG", "C: ",
      "S: a OK in",     "C: b AUTHENTICATE PLAIN",  "S: b NO never", "C: c NOOP",    "S: c OK"};
  CHECK(told(Protocol::imap, script) == "greeting PREAUTH; AUTHENTICATE OK; AUTHENTICATE NO; NOOP OK");
  MailTranscript transcript(Protocol::imap);
  transcript.hear(script);
  CHECK(transcript.exchanges[1].authentication.scheme == AuthScheme::kerberos);
  CHECK(transcript.exchanges[2].authentication.stage == AuthStage::refused);
}

TEST_CASE("IMAP: answers come in any order, each to its tag") {
  CHECK(told(Protocol::imap, {"S: * OK x", "C: a SEARCH ALL", "C: b NOOP", "C: c UID STATUS x", "S: b OK",
                              "S: * SEARCH 1 2", "S: c BAD no", "S: a OK"}) ==
        "greeting OK; NOOP OK; other BAD; SEARCH OK");
}

TEST_CASE("IMAP: compression is said, and not read") {
  MailTranscript transcript(Protocol::imap);
  transcript.hear({"S: * OK x", "C: a COMPRESS DEFLATE", "S: a OK compressing"});
  CHECK(transcript.told() == "greeting OK; COMPRESS OK");
  CHECK(transcript.stopped == "compressed from here on (COMPRESS=DEFLATE)");
  CHECK(stopped(Protocol::imap, {"S: * OK x", "C: a COMPRESS DEFLATE", "S: a NO"}).empty());
}

TEST_CASE("IMAP: what can't be followed ends the tap") {
  CHECK(stopped(Protocol::imap, {"S: +OK pop3"}) == "not IMAP");
  CHECK(stopped(Protocol::imap, {"S: * OK x", "C: GET"}) == "not IMAP");
  CHECK(stopped(Protocol::imap, {"S: * OK x", "S: a OK"}) == "not IMAP");
  CHECK(stopped(Protocol::imap, {"S: * OK x", "C: a STARTTLS", "S: a OK"}) == "TLS inside the connection");
  CHECK(stopped(Protocol::imap, {"S: * OK x", "C: a " + std::string(70'000, 'x')}) ==
        "a line that is too long");
}

// --- names and counts -------------------------------------------------------------------------------------

namespace {

const Script smtp_names{"S: 220 x",
                        "C: EHLO y",
                        "S: 250 x",
                        "C: AUTH PLAIN AGFubmEAcGFzc3dvcmQ=",  // NUL anna NUL password
                        "S: 235 ok",
                        "C: MAIL FROM:<anna@bar.com> SIZE=1 AUTH=<>",
                        "S: 250 ok",
                        "C: rcpt to: <\"a>\\\"b\"@foo.com>",
                        "S: 550 no",
                        "C: MAIL FROM:<>",
                        "S: 250 ok",
                        "C: RCPT anna",
                        "S: 501 no"};
const Script pop3_names{"S: +OK x",
                        "C: USER anna hers",
                        "S: +OK",
                        "C: PASS hers",
                        "S: +OK",
                        "C: STAT",
                        "S: +OK 3 1204",
                        "C: APOP bert c4c93",
                        "S: +OK",
                        "C: AUTH PLAIN",
                        "S: +",
                        "C: YWRtaW4AYmVydABoaXM=",  // admin NUL bert NUL his
                        "S: +OK"};
const Script imap_names{"S: * OK x",
                        "C: a LOGIN \"an\\\"na\" {4}",
                        "S: + go",
                        "C: hers",
                        "S: a OK x",
                        "C: b SELECT inbox",
                        "S: * 18 EXISTS",
                        "S: * 2 RECENT",
                        "S: b OK x",
                        "C: c FETCH 1:2 (FLAGS BODY[])",
                        "S: * 1 FETCH (FLAGS () BODY[] {3}",
                        "S: x)",
                        "S: * 2 FETCH (FLAGS ())",
                        "S: * 19 EXISTS",
                        "S: c OK x",
                        "C: d UID COPY 1:2 \"Old mail\"",
                        "S: d NO x",
                        "C: e STATUS {5}",
                        "S: + go",
                        "C: trash (MESSAGES)",
                        "S: e OK x",
                        "C: f AUTHENTICATE PLAIN",
                        "S: +",
                        "C: AGFubmEAcGFzc3dvcmQ=",
                        "S: f OK x",
                        "C: g LOGIN hers",
                        "S: g BAD x"};

std::string names(Protocol protocol, const Script& script, config::NameDisplay display, unsigned seed = 1) {
  return MailTranscript(protocol, 0, seed, false, false, display).hear(script).close().names();
}

}  // namespace

TEST_CASE("users, mailboxes and addresses are told as the route shows names, and never a password") {
  constexpr auto plain = config::NameDisplay::plain, cut = config::NameDisplay::cut;
  for (unsigned seed = 1; seed <= 10; ++seed) {
    CHECK(names(Protocol::smtp, smtp_names, plain, seed) ==
          "AUTH user=anna; MAIL address=anna@bar.com; RCPT address=\"a>\\\"b\"@foo.com");
    CHECK(names(Protocol::pop3, pop3_names, plain, seed) ==
          "USER user=anna; STAT exists=3; APOP user=bert; AUTH user=bert");
    CHECK(names(Protocol::imap, imap_names, plain, seed) ==
          "LOGIN user=an\"na; SELECT mailbox=INBOX exists=18; FETCH exists=19 fetched=2; "
          "UID COPY mailbox=Old mail; AUTHENTICATE user=anna");
  }
  CHECK(names(Protocol::smtp, smtp_names, cut) == "AUTH user=*; MAIL address=*; RCPT address=*");
  const auto hashed = names(Protocol::imap, imap_names, config::NameDisplay::hash);
  CHECK(hashed.starts_with("LOGIN user=~"));
  CHECK(hashed.find("SELECT mailbox=INBOX") != std::string::npos);
  CHECK(hashed.find("Old mail") == std::string::npos);
  CHECK(hashed.find("anna") == std::string::npos);
}

TEST_CASE("PLAIN is decoded up to the password, and not at all when it is something else") {
  CHECK(plain_identity("AGFubmEAcGFzc3dvcmQ=") == "anna");
  CHECK(plain_identity("YWRtaW4AYmVydABoaXM=") == "bert");
  CHECK(plain_identity("AGFubmEA****") == "anna");  // what comes after the identity isn't looked at
  CHECK(plain_identity("cGFzc3dvcmQ=").empty());    // no NUL
  CHECK(plain_identity("AGFubmE=").empty());        // one NUL
  CHECK(plain_identity("*").empty());
  CHECK(plain_identity("").empty());
}

// --- secrets ----------------------------------------------------------------------------------------------

TEST_CASE("no password is in what a tap tells, even where names are shown plainly") {
  for (const auto& [protocol, script] :
       {std::pair{Protocol::smtp, smtp_names}, {Protocol::pop3, pop3_names}, {Protocol::imap, imap_names}}) {
    for (unsigned seed = 1; seed <= 20; ++seed) {
      MailTranscript transcript(protocol, 0, seed, false, false, config::NameDisplay::plain);
      transcript.hear(script).close();
      std::string output = transcript.stopped;
      for (const auto& exchange : transcript.exchanges)
        output += to_json(exchange, {}) + to_text(exchange, {});
      for (const char* const secret : {"password", "hers", "his", "c4c93", "AGFub", "YWRta"})
        CHECK(output.find(secret) == std::string::npos);
    }
  }
}

TEST_CASE("no secret of a mail protocol is in what a tap tells, wherever a record ends") {
  const std::string mark = "S3CR3T";
  const std::vector<std::pair<Protocol, Script>> sessions{
      {Protocol::smtp,
       {"S: 220 S3CR3T",
        "C: EHLO S3CR3T",
        "S: 250-S3CR3T",
        "S: 250 S3CR3T",
        "C: AUTH PLAIN S3CR3T",
        "S: 235 S3CR3T",
        "C: AUTH LOGIN",
        "S: 334 S3CR3T",
        "C: S3CR3T",
        "S: 334 S3CR3T",
        "C: S3CR3T",
        "S: 535 S3CR3T",
        "C: AUTH CRAM-MD5",
        "S: 334 S3CR3T",
        "C: S3CR3T",
        "S: 235 S3CR3T",
        "C: AUTH S3CR3T S3CR3T",
        "S: 504 S3CR3T",
        "C: MAIL FROM:<S3CR3T>",
        "S: 250 S3CR3T",
        "C: RCPT TO:<S3CR3T>",
        "S: 250 S3CR3T",
        "C: S3CR3T S3CR3T",
        "S: 500 S3CR3T",
        "C: DATA",
        "S: 354 S3CR3T",
        "C: Subject: S3CR3T",
        "C: S3CR3T",
        "C: .",
        "S: 250 S3CR3T"}},
      {Protocol::pop3,
       {"S: +OK S3CR3T", "C: USER S3CR3T", "S: +OK S3CR3T", "C: PASS S3CR3T", "S: -ERR S3CR3T",
        "C: APOP S3CR3T S3CR3T", "S: +OK S3CR3T", "C: AUTH PLAIN", "S: + S3CR3T", "C: S3CR3T",
        "S: +OK S3CR3T", "C: S3CR3T", "S: -ERR S3CR3T", "C: RETR 1", "S: +OK S3CR3T", "S: Subject: S3CR3T",
        "S: S3CR3T", "S: ."}},
      {Protocol::imap,
       {"S: * OK S3CR3T",
        "C: S3CR3T LOGIN S3CR3T S3CR3T",
        "S: S3CR3T OK S3CR3T",
        "C: a LOGIN {6}",
        "S: + S3CR3T",
        "C: S3CR3T {6+}",
        "C: S3CR3T",
        "S: a NO S3CR3T",
        "C: b AUTHENTICATE PLAIN",
        "S: + S3CR3T",
        "C: S3CR3T",
        "S: b OK S3CR3T",
        "C: c S3CR3T S3CR3T",
        "S: c BAD S3CR3T",
        "C: d SELECT S3CR3T",
        "S: * LIST () \"/\" S3CR3T",
        "S: d OK S3CR3T",
        "C: e FETCH 1 (BODY[])",
        "S: * 1 FETCH (BODY[] {6}",
        "S: S3CR3T)",
        "S: e OK S3CR3T",
        "C: f APPEND S3CR3T {6+}",
        "C: S3CR3T",
        "S: f OK S3CR3T"}}};
  for (const auto& [protocol, session] : sessions) {
    for (unsigned seed = 0; seed < 50; ++seed) {
      MailTranscript transcript(protocol, seed == 0 ? 1 : 0, seed);
      transcript.hear(session);
      transcript.hear({"C: S3CR3T S3CR3T S3CR3T"}).close();
      CHECK(transcript.exchanges.size() >= 8);
      std::string output = transcript.stopped;
      Traffic traffic;
      for (const auto& exchange : transcript.exchanges) {
        output += to_json(exchange, {}) + to_text(exchange, {});
        add(exchange, traffic);
      }
      for (const auto& status : traffic.last_statuses) output += status;
      CHECK(output.find(mark) == std::string::npos);
    }
  }
}
