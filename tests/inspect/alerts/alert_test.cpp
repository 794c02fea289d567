#include "inspect/alerts/alert.h"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <utility>

#include <rapidjson/document.h>

#include "certs/verify/verdict.h"
#include "config/base/file.h"
#include "tests/source_file.h"
#include "transcript.h"

using namespace mailtap;
using namespace mailtap::testing;
using certs::Fault;

namespace {

alerts::Alert verdict_alert() {
  Transcript t;
  t.sees({});
  Server bad;
  bad.faults = {Fault::expired};
  t.sees(bad);
  return t.told.back();
}

alerts::Alert chain_alert() {
  Transcript t;
  t.sees({});
  Server other;
  other.leaf = "bb22";
  other.key = "key2";
  t.sees(other);
  return t.told.back();
}

}  // namespace

TEST_CASE("an alert in JSON is as docs/log.md shows it") {
  const auto page = read_file(tests::source_file("docs/log.md"));
  REQUIRE(page);
  INFO(to_json(verdict_alert()));
  CHECK(page->find("\n    " + to_json(verdict_alert()) + "\n") != std::string::npos);
}

TEST_CASE("every key of an alert is always there") {
  rapidjson::Document verdict, chain;
  verdict.Parse(to_json(verdict_alert()).c_str());
  chain.Parse(to_json(chain_alert()).c_str());
  REQUIRE(verdict.IsObject());
  REQUIRE(chain.IsObject());
  CHECK(verdict.MemberCount() == chain.MemberCount());
  for (const auto& member : std::as_const(verdict).GetObject()) CHECK(chain.HasMember(member.name));
  CHECK(verdict["chain"].IsNull());
  CHECK(chain["verdict"].IsNull());
  CHECK(std::string(chain["chain"]["after"]["spki_sha256"].GetString()) == "key2");
}

TEST_CASE("an alert in text says what was, what is, why and what to do") {
  setenv("TZ", "UTC", 1);
  CHECK(to_text(verdict_alert()) ==
        "2026-11-23 12:00:00 ALERT verdict-changed raised  exchange  the certificate of mail.contoso.com "
        "(10.0.0.5:443) was trusted and is untrusted: expired (#2)\n"
        "    why     expired: expired on 2026-11-22\n"
        "    advice  A certificate of the chain has ended (expired on 2026-11-22, 1 day ago): renew it on "
        "the server.");
  CHECK(
      to_text(chain_alert()) ==
      "2026-11-23 12:00:00 ALERT chain-changed notice  exchange  mail.contoso.com (10.0.0.5:443) shows a new "
      "certificate of the same issuer, with a new key (#2)\n"
      "    before  CN=mail.contoso.com, issued by CN=Contoso CA, ends 2027-12-28T12:00:00Z, SHA-256 aa11\n"
      "    now     CN=mail.contoso.com, issued by CN=Contoso CA, ends 2027-12-28T12:00:00Z, SHA-256 bb22");
}

TEST_CASE("a peer's text in an alert moves no cursor") {
  auto alert = verdict_alert();
  alert.summary = "x\x1b[31m\n";
  CHECK(to_text(alert).find('\x1b') == std::string::npos);
}

TEST_CASE("an alert is told in the language of its route, in text and in JSON") {
  setenv("TZ", "UTC", 1);
  auto alert = verdict_alert();
  alert.language = Language::vietnamese;
  alert.verdict->to.reasons = {"expired: expired on 2026-11-22, 1 day ago"};
  CHECK(to_text(alert) ==
        "2026-11-23 12:00:00 ALERT verdict-changed raised  exchange  chứng chỉ của mail.contoso.com "
        "(10.0.0.5:443) trước đây tin cậy, nay không tin cậy: expired (#2)\n"
        "    why     expired: hết hạn ngày 2026-11-22, 1 ngày trước\n"
        "    advice  Một chứng chỉ trong chuỗi đã hết hạn (hết hạn ngày 2026-11-22, 1 ngày trước): hãy gia "
        "hạn trên máy chủ.");
  CHECK(to_json(alert).find("\"summary\":\"chứng chỉ của mail.contoso.com") != std::string::npos);
  CHECK(to_json(alert).find("\"kind\":\"verdict-changed\"") != std::string::npos);
}
