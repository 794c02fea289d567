// Lines of a log, and who uses what by them.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include <rapidjson/document.h>

#include "certs/verify/dates.h"
#include "inspect/report/answer.h"
#include "inspect/report/deadlines.h"
#include "inspect/report/words.h"

namespace mailtap::report {

namespace {

const Time now = *from_rfc3339("2026-11-29T12:00:00Z");

std::string connection(int id, const std::string& client, const std::string& tls = "TLSv1.2",
                       const std::string& more = "") {
  return R"({"event":"connection","time":"2026-11-20T10:00:00.000Z","id":)" + std::to_string(id) +
         R"(,"route":"exchange","downstream":{"address":")" + client + R"(:51234","tls":")" + tls +
         R"("},"upstream":{"address":"10.0.0.5:443","tls":"TLSv1.3","configured":"mail.contoso.com:443"})" +
         more + "}";
}

std::string exchange(int id, const std::string& service, const std::string& scheme, const std::string& user,
                     const std::string& findings = "") {
  return R"({"event":"exchange","id":)" + std::to_string(id) + R"(,"service":")" + service +
         R"(","authentication":{"scheme":")" + scheme + R"(","stage":"accepted","ntlm":)" +
         (scheme == "ntlm" ? R"({"user":")" + user + R"("})" : "null") + R"(},"findings":[)" + findings +
         R"(],"mail":{"user":)" + (user.empty() || scheme == "ntlm" ? "null" : "\"" + user + "\"") + "}}";
}

Inventory of(const std::vector<std::string>& lines) {
  Inventory inventory;
  for (std::size_t i = 0; i < lines.size(); ++i) inventory.add("a.jsonl", i + 1, lines[i]);
  inventory.end_file();
  return inventory;
}

/// "ews: 192.0.2.7/~u 2" of each use and user.
std::string told(const Inventory& inventory) {
  std::string text;
  for (const auto& use : inventory.uses())
    for (const auto& user : use.users)
      text += (text.empty() ? "" : "; ") + use.what + ": " + user.client + "/" + user.mailbox + " " +
              std::to_string(user.connections);
  return text;
}

}  // namespace

TEST_CASE("what exchanges say is of the client that their connection's line names") {
  CHECK(told(of({exchange(1, "ews", "ntlm", "~u"), exchange(2, "smtp", "basic", "~v"),
                 connection(2, "192.0.2.8"), connection(1, "192.0.2.7")})) ==
        "basic-smtp: 192.0.2.8/~v 1; ews: 192.0.2.7/~u 1; ntlm: 192.0.2.7/~u 1");
}

TEST_CASE("a number that comes again, after a restart or in another file, is another connection") {
  Inventory inventory;
  inventory.add("a", 1, exchange(1, "ews", "", ""));
  inventory.add("a", 2, connection(1, "192.0.2.7"));
  inventory.add("a", 3, connection(1, "192.0.2.9"));
  inventory.add("a", 4, exchange(5, "ews", "", ""));
  inventory.end_file();
  inventory.add("b", 1, connection(5, "192.0.2.10"));
  CHECK(told(inventory) == "ews: / 1; ews: 192.0.2.7/ 1");
}

TEST_CASE("connections alone tell of EWS, Basic and old TLS too") {
  CHECK(
      told(of({connection(
          1, "192.0.2.7", "TLSv1.0",
          R"(,"traffic":{"services":{"ews":3},"findings":[{"finding":"basic-over-tls"},{"finding":"throttled"}]})")})) ==
      "basic: 192.0.2.7/ 1; ews: 192.0.2.7/ 1; throttled: 192.0.2.7/ 1; tls-1.0: 192.0.2.7/ 1");
  CHECK(told(of({connection(1, "[2001:db8::1]", "TLSv1.3")})).empty());
}

TEST_CASE("a use is counted by client and mailbox, the one with most connections first") {
  std::vector<std::string> lines;
  for (int i = 1; i <= 3; ++i) {
    lines.push_back(exchange(i, "imap", "basic", i == 1 ? "~a" : "~b"));
    lines.push_back(connection(i, "192.0.2.7"));
  }
  CHECK(told(of(lines)) == "basic: 192.0.2.7/~b 2; basic: 192.0.2.7/~a 1");
}

TEST_CASE("a certificate is near its end by its whole life, and as of the day that is asked for") {
  const auto of_life = [](const std::string& begin, const std::string& end, int left) {
    return of({connection(1, "192.0.2.7", "TLSv1.3",
                          R"(,"verdict":{"days_left":)" + std::to_string(left) +
                              R"(},"chain":[{"sha256":"ab","subject":"CN=mail","not_before":")" + begin +
                              R"(T00:00:00Z","not_after":")" + end + R"(T00:00:00Z"}])")});
  };
  // 45 days of life: warned of with 15 left, not with 21.
  CHECK(of_life("2026-11-01", "2026-12-16", 30).certificates(now).empty());
  CHECK(of_life("2026-11-01", "2026-12-11", 18).certificates(now).size() == 1);
  const auto year = of_life("2026-01-01", "2026-12-20", 29);
  REQUIRE(year.certificates(now).size() == 1);
  CHECK(year.certificates(now).front().days_left == 20);
  CHECK(year.certificates(now + std::chrono::hours{24 * 40}).front().days_left == -20);
  CHECK(has_work(year, now));
}

TEST_CASE("bad lines are named by file and line, counted, and passed over") {
  const auto inventory = of({"2026-11-23 20:31:07 #42 text", "{\"event\":\"connection\"", "[]", "{}", "",
                             R"({"event":"connection"})", connection(1, "192.0.2.7"),
                             R"({"event":"alert","kind":"x"})", R"({"event":"lost","lines":7})"});
  CHECK(inventory.connections() == 1);
  CHECK(inventory.bad_lines() == 5);
  REQUIRE(inventory.bad().size() == 5);
  CHECK(inventory.bad()[0].file == "a.jsonl");
  CHECK(inventory.bad()[0].line == 1);
  CHECK(inventory.bad()[0].problem.find("--log-format json") != std::string::npos);
  CHECK(inventory.bad()[4].line == 6);
  CHECK(inventory.lost() == 7);
}

TEST_CASE("members of other types than the log's are as if they weren't there") {
  CHECK(
      of({R"({"event":"connection","time":"2026-11-20T10:00:00Z","id":"x","downstream":[],"upstream":3,"traffic":{"services":[],"findings":{}},"chain":[1],"verdict":"no"})"})
          .bad_lines() == 0);
  CHECK(told(of({R"({"event":"exchange","id":-1,"authentication":[],"mail":7,"findings":[1,{}]})"})).empty());
}

TEST_CASE("deep nesting and endless lines are refused, not followed") {
  CHECK(of({std::string(200'000, '[')}).bad_lines() == 1);
  std::string deep = "{\"a\":";
  for (int i = 0; i < 100'000; ++i) deep += "{\"a\":";
  CHECK(of({deep}).bad_lines() == 1);
  CHECK(of({"{" + std::string(longest_line, ' ') + "}"}).bad_lines() == 1);
}

TEST_CASE("every deadline has a sentence in both languages, and concerns a use that has a title") {
  std::size_t services = 0;
  for (const auto& rule : certs::dated_rules()) {
    const auto of = certs::service_of(rule);
    if (!of || of->use == "-") continue;
    ++services;
    INFO(of->event);
    CHECK(!event_of(of->event, certs::Language::english).empty());
    CHECK(event_of(of->event, certs::Language::english) != event_of(of->event, certs::Language::vietnamese));
    CHECK(title_of(of->use, certs::Language::english) != of->use);
    CHECK(!advice_of(of->use, certs::Language::vietnamese).empty());
  }
  CHECK(services >= 5);
  const auto ews = deadlines_of("ews", now);
  REQUIRE(ews.size() == 3);
  CHECK(ews[1].date == "2026-10-01");
  CHECK(ews[1].days_left == -59);
  CHECK(ews[2].days_left == 123);
}

TEST_CASE("clients with post-quantum key exchange are counted, each once, and those without") {
  const auto by = [](int id, const std::string& client, const std::string& group) {
    auto line = connection(id, client);
    return line.replace(line.find(R"("tls":)"), 0, R"("group":")" + group + R"(",)");
  };
  const auto inventory =
      of({by(1, "192.0.2.7", "x25519"), by(2, "192.0.2.7", "X25519MLKEM768"), by(3, "192.0.2.8", "secp256r1"),
          by(4, "192.0.2.7", "SecP256r1MLKEM768"), connection(5, "192.0.2.9", "")});
  CHECK(inventory.post_quantum().clients == 1);
  CHECK(inventory.post_quantum().connections == 2);
  CHECK(inventory.classical().clients == 1);
  CHECK(inventory.classical().connections == 2);
  CHECK(to_text(inventory, now, certs::Language::english)
            .find("1 clients with post-quantum key exchange (connections: 2), 1 without (connections: 2)") !=
        std::string::npos);
  CHECK(to_text(inventory, now, certs::Language::vietnamese).find("hậu lượng tử (số kết nối: 2)") !=
        std::string::npos);
}

TEST_CASE("text names clients, mailboxes and deadlines, and nothing that moves a terminal's cursor") {
  const auto inventory = of({exchange(1, "ews", "basic", "~u\\u001b[2J"), connection(1, "192.0.2.7")});
  for (const auto language : {certs::Language::english, certs::Language::vietnamese}) {
    const auto text = to_text(inventory, now, language);
    CHECK(text.find("192.0.2.7") != std::string::npos);
    CHECK(text.find("2027-04-01") != std::string::npos);
    CHECK(text.find('\x1b') == std::string::npos);
  }
  CHECK(to_text(of({connection(1, "192.0.2.7")}), now, certs::Language::english).find("Nobody uses") !=
        std::string::npos);
}

TEST_CASE("where no connection was read, who uses what is unknown") {
  for (const auto& lines : {std::vector<std::string>{}, {"no log"}}) {
    const auto inventory = of(lines);
    CHECK(!has_read(inventory));
    CHECK(to_text(inventory, now, certs::Language::english).find("nothing is known") != std::string::npos);
    CHECK(to_text(inventory, now, certs::Language::vietnamese).find("không biết") != std::string::npos);
  }
}

TEST_CASE("the document for programs has all of it") {
  const auto json = to_json(of({exchange(1, "ews", "basic", "~u"), connection(1, "192.0.2.7"), "x"}), now,
                            certs::Language::english);
  rapidjson::Document document;
  REQUIRE(!document.Parse(json.c_str()).HasParseError());
  CHECK(document["read"]["bad_lines"].GetInt() == 1);
  CHECK(document["key_exchange"]["classical"]["connections"].GetInt() == 1);
  CHECK(document["uses"].Size() == 2);
  CHECK(std::string(document["uses"][1]["clients"][0]["mailbox"].GetString()) == "~u");
  CHECK(document["uses"][1]["deadlines"].Size() == 3);
}

}  // namespace mailtap::report
