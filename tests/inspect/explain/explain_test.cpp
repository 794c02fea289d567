// What programs say, and what is made of it. messages.tsv has what they really said.
#include "inspect/explain/explain.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cctype>
#include <fstream>
#include <set>

#include <rapidjson/document.h>

#include "certs/verify/fault.h"
#include "inspect/explain/answer.h"
#include "tests/source_file.h"
#include "tests/thorough.h"

namespace mailtap::explain {

namespace {

struct Message {
  std::string cause, program, source, text;
};

std::string unescaped(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\' || at + 1 == text.size()) {
      result += text[at];
      continue;
    }
    const char next = text[++at];
    result += next == 'n' ? '\n' : next == 't' ? '\t' : next;
  }
  return result;
}

const std::vector<Message>& messages() {
  static const auto all = [] {
    std::vector<Message> read;
    std::ifstream file(tests::source_file("tests/inspect/explain/messages.tsv"));
    for (std::string line; std::getline(file, line);) {
      if (line.empty() || line.front() == '#') continue;
      std::vector<std::string> cells(1);
      for (const char c : line)
        c == '\t' ? static_cast<void>(cells.emplace_back()) : cells.back().push_back(c);
      REQUIRE(cells.size() == 4);
      read.push_back({cells[0], cells[1], cells[2], unescaped(cells[3])});
    }
    return read;
  }();
  return all;
}

std::string first_of(const Answer& answer) {
  return answer.explanations.empty() ? "" : std::string(answer.explanations.front().cause->id);
}

std::string first_cause(std::string_view text) {
  return first_of(explain(text));
}

std::vector<std::string> causes_in(std::string_view text) {
  std::vector<std::string> causes;
  for (const auto& each : explain(text).explanations) causes.emplace_back(each.cause->id);
  return causes;
}

/// Whether the texts of messages.tsv still mean the same when `change` has been done to them.
template <class Change>
void check_each(Change change) {
  for (std::size_t i = 0; i < messages().size(); i += tests::one_in(5)) {
    const auto& message = messages()[i];
    const auto text = change(message.text);
    INFO(message.program << " (" << message.source << "): " << text);
    CHECK(first_cause(text) == message.cause);
  }
}

/// Anchored expressions (=...) hold for a text that is nothing else.
bool is_one_word(const std::string& text) {
  return text.find(' ') == std::string::npos;
}

}  // namespace

TEST_CASE(
    "each message is explained by what caused it, before anything else, and every pattern is met by one") {
  CHECK(messages().size() >= 1000);
  std::set<std::string_view> met;
  for (const auto& message : messages()) {
    const auto answer = explain(message.text);
    INFO(message.program << " (" << message.source << "): " << message.text);
    CHECK(first_of(answer) == message.cause);
    for (const auto& explanation : answer.explanations)
      for (const auto& match : explanation.matches) met.insert(match.pattern->id);
  }
  for (const auto& pattern : built_in().patterns()) {
    INFO(pattern.id);
    CHECK(met.count(pattern.id) == 1);
  }
}

TEST_CASE("hundreds of the messages are what a program printed") {
  const auto ran = std::count_if(messages().begin(), messages().end(),
                                 [](const Message& message) { return message.source.starts_with("run: "); });
  CHECK(ran >= 400);
}

TEST_CASE("the name of each fault that check tells is a cause") {
  for (int fault = 0; fault <= static_cast<int>(certs::Fault::missing_staple); ++fault) {
    const auto name = certs::to_string(static_cast<certs::Fault>(fault));
    CHECK(first_cause(name) == name);
  }
  for (const std::string_view name : {"name-mismatch", "old-versions-only"}) CHECK(first_cause(name) == name);
}

TEST_CASE("letter case, a log's prefix, quotation and line ends of Windows don't matter") {
  check_each([](std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
      return c < 0x80 ? static_cast<char>(std::toupper(c)) : static_cast<char>(c);
    });
    return "> " + text;
  });
  check_each([](const std::string& text) {
    return is_one_word(text) ? text : "Nov 29 16:00:01 gw program[4711]: INFO  " + text + "\r\n";
  });
}

TEST_CASE("a text that was wrapped, even within words, is known again") {
  check_each([](const std::string& text) {
    constexpr std::size_t width = 61;
    std::string wrapped;
    std::size_t column = 0;
    for (const char c : text) {
      if (c == '\n') column = 0;
      // Not before what looks like a log's new record.
      if (column >= width && std::isalpha(static_cast<unsigned char>(c)) != 0 &&
          std::isalpha(static_cast<unsigned char>(wrapped.back())) != 0) {
        wrapped += "\n    ";
        column = 0;
      }
      wrapped += c;
      ++column;
    }
    return wrapped;
  });
}

TEST_CASE("a text that was copied out of HTML is known again") {
  CHECK(
      first_cause("Certificate for &lt;mail.contoso.com&gt; doesn&#39;t match any of the subject alternative "
                  "names: [exch01]") == "name-mismatch");
  CHECK(first_cause("&quot;certificate &amp; x&quot;").empty());
}

TEST_CASE("a long message that was cut off at the text's end is known, if nothing else is") {
  CHECK(first_cause("The remote certificate is invalid according to the valid") == "certificate-refused");
  CHECK(first_cause("unable to get local issuer certif...") == "not-trusted");
  CHECK(first_cause("remote error: tls: unknown certificate") == "alert-bad-certificate");
  CHECK(first_cause("unable to get").empty());
}

TEST_CASE("text in UTF-16, as Windows redirects it, is read") {
  std::string wide = "\xFF\xFE";
  for (const char c : std::string_view("The remote certificate is invalid: UntrustedRoot")) {
    wide += c;
    wide += '\0';
  }
  CHECK(first_cause(wide) == "untrusted-root");
  CHECK(first_cause(wide.substr(2)) == "untrusted-root");
}

TEST_CASE("an HRESULT is known in hex, unsigned and negative, and no other number for it") {
  for (const auto* const text : {"0x800B0109", "800b0109", "-2146762487", "2148204809", "(0X800B0109)",
                                 "hr=0x800b0109L", "ffffffff800b0109"}) {
    INFO(text);
    CHECK(first_cause(text) == "untrusted-root");
  }
  for (const auto* const text : {"2146762487", "0x800B01090", "thumbprint 00800B0109AA", "0x000B0109"}) {
    INFO(text);
    CHECK(first_cause(text).empty());
  }
}

TEST_CASE("a number that is part of a longer one says nothing") {
  CHECK(first_cause("verify error:num=18:x") == "self-signed");
  CHECK(first_cause("verify error:num=180:x") != "self-signed");
  CHECK(first_cause("SSL alert number 48") == "alert-unknown-ca");
  CHECK(first_cause("SSL alert number 480").empty());
}

TEST_CASE("of several lines each cause is told once, the most specific first") {
  const auto causes = causes_in(
      "Nov 29 16:00:01 mx postfix/smtp[1]: certificate verification failed for a.test[192.0.2.1]:25: "
      "num=10:certificate has expired\n"
      "Nov 29 16:00:02 mx postfix/smtp[1]: Untrusted TLS connection established to a.test[192.0.2.1]:25: "
      "TLSv1.3\n"
      "Nov 29 16:00:03 mx postfix/smtp[1]: certificate verification failed for a.test[192.0.2.1]:25: "
      "num=10:certificate has expired\n"
      "Nov 29 16:03:03 mx postfix/smtp[1]: connect to b.test[192.0.2.2]:25: Connection refused\n");
  CHECK(std::set<std::string>(causes.begin(), causes.end()).size() == causes.size());
  CHECK(causes.size() == 2);
  CHECK(causes.front() == "expired");
}

TEST_CASE("how often and where it was said is told") {
  const auto answer = explain("Connection refused\nnothing\nConnection refused\n");
  REQUIRE(answer.explanations.size() == 1);
  REQUIRE(answer.explanations.front().matches.size() == 1);
  CHECK(answer.explanations.front().matches.front().times == 2);
  CHECK(answer.explanations.front().matches.front().line == 1);
  CHECK(answer.lines == 3);
  CHECK(answer.lines_known == 2);
}

TEST_CASE("what is said in general gives way to what says it better, but not to another event") {
  CHECK(causes_in("certificate verify failed: Hostname mismatch") ==
        std::vector<std::string>{"name-mismatch"});
  std::string apart = "x509: certificate has expired: num=10\n";
  for (int i = 0; i < 20; ++i) apart += "a line of nothing\n";
  apart += "certificate verify failed\n";
  CHECK(causes_in(apart).size() == 2);
}

TEST_CASE("records of a log aren't read as one sentence") {
  CHECK(
      first_cause("2026-11-29 16:00:00 x509: certificate is valid for a.test\n2026-11-29 16:00:01 not today")
          .empty());
}

TEST_CASE("what isn't known is said to be unknown, with what to send instead") {
  for (const auto* const text :
       {"", "\n\n", "all is well", "The quick brown fox expired of old age", "certificate",
        "Die zugrunde liegende Verbindung wurde geschlossen", "1234567890", "error",
        "disk error 3 at sector 12", "exited with return code: 2", "id=40370 num=20 items",
        "syntax error 2 at line 14", "Verify return code: 0 (ok)", "SSL certificate verify ok.",
        "status=sent (250 2.0.0 Ok: queued as 1234)"}) {
    INFO(text);
    CHECK(explain(text).explanations.empty());
  }
  CHECK(to_text(explain("all is well"), certs::Language::english).find("Send instead") != std::string::npos);
  CHECK(to_text(explain("all is well"), certs::Language::vietnamese).find("gửi thay") != std::string::npos);
}

TEST_CASE("nothing of the input moves a terminal's cursor") {
  const auto answer = explain(
      "\x1b[2J\x1b]0;title\x07 curl: (60) \x9b"
      "31m \xE2\x80\xAE https://a\x1b.test/\n");
  const auto text = to_text(answer, certs::Language::english);
  for (const char c : text) CHECK((c == '\n' || static_cast<unsigned char>(c) >= 0x20));
  CHECK(text.find("\xE2\x80\xAE") == std::string::npos);
}

TEST_CASE("a text without end is read to its bound") {
  std::string text;
  while (text.size() <= most_read + 10)
    text += "curl: (60) Connection refused x509: certificate is valid for \n";
  const auto answer = explain(text);
  CHECK(answer.cut);
  CHECK(!answer.explanations.empty());
  CHECK(to_text(answer, certs::Language::english).find("1 MiB") != std::string::npos);
}

TEST_CASE("an IPv6 address stands in brackets in the next command") {
  const auto target = [](std::string_view text) { return place_in(text).target(); };
  CHECK(target("certificate has expired: https://[2001:db8::7]:8443/EWS") == "[2001:db8::7]:8443");
  CHECK(target("https://[2001:db8::7]/EWS") == "[2001:db8::7]");
  CHECK(target("connect to [2001:db8::7]:993 failed") == "imaps://[2001:db8::7]:993");
  CHECK(target("mx.contoso.com[2001:db8::7]:25: Untrusted") == "smtp://mx.contoso.com:25");
  CHECK(target("curl: (7) Failed to connect to 2001:db8::7 port 443") == "[2001:db8::7]");
  CHECK(place_in("Failed to connect to 2001:db8::7: refused").server() == "[2001:db8::7]:443");
  CHECK(target("from [2001:db8::9]:51234 to SERVER") == "SERVER");
  CHECK(target("proxy at [::1]:443") == "SERVER");
}

TEST_CASE("the next command has the server that the text names") {
  const auto answer = explain(
      "curl: (60) SSL: no alternative certificate subject name matches target host name 'mail.contoso.com'");
  REQUIRE(!answer.explanations.empty());
  CHECK(answer.explanations.front().next.front() == "mailtap check mail.contoso.com");
}

TEST_CASE("the document for programs has every member, known or not") {
  for (const auto* const text : {"0x800B0109 https://mail.contoso.com:8443/", "all is well"}) {
    const auto json = to_json(explain(text), certs::Language::english);
    rapidjson::Document document;
    REQUIRE(!document.Parse(json.c_str()).HasParseError());
    for (const auto* const member :
         {"event", "known", "explanations", "server", "read", "send_instead", "known_as_of"})
      CHECK(document.HasMember(member));
  }
}

}  // namespace mailtap::explain
