#include "inspect/trace/filter.h"

#include <catch2/catch_test_macros.hpp>

#include "certs/verify/verdict.h"
#include "inspect/record.h"

using namespace mailtap;
using trace::Filter;

namespace {

inspect::ConnectionRecord connection() {
  auto verdict = std::make_shared<certs::Verdict>();
  verdict->findings.push_back({certs::Fault::expired, 0, "expired on 2024-03-01"});
  verdict->name_checked = "mail.contoso.com";
  verdict->name_matches = true;
  inspect::ConnectionRecord made;
  made.downstream.address = "192.0.2.7:50000";
  made.downstream.name = "mail.contoso.com";
  made.verdict = verdict;
  made.ending.reason = inspect::Reason::closed;
  return made;
}

bool passes(const std::vector<std::string>& conditions, const inspect::ConnectionRecord& of = connection()) {
  const auto filter = Filter::parse(conditions);
  REQUIRE(filter);
  return filter->passes(of);
}

}  // namespace

TEST_CASE("without a condition every connection passes") {
  CHECK(passes({}));
}

TEST_CASE("each condition holds of what it names") {
  CHECK(passes({"untrusted"}));
  CHECK(passes({"expired"}));
  CHECK_FALSE(passes({"self-signed"}));
  CHECK_FALSE(passes({"mismatch"}));
  CHECK_FALSE(passes({"failed"}));
  auto refused = connection();
  refused.ending.reason = inspect::Reason::downstream_handshake_failed;
  CHECK(passes({"failed"}, refused));
  CHECK(passes({"name=MAIL.contoso.com"}));
  CHECK(passes({"name=*.contoso.com"}));
  CHECK_FALSE(passes({"name=*.mail.contoso.com"}));
  CHECK_FALSE(passes({"name=contoso.com"}));
}

TEST_CASE("a peer is matched by address and by range, IPv4 and IPv6") {
  CHECK(passes({"peer=192.0.2.7"}));
  CHECK(passes({"peer=192.0.2.0/24"}));
  CHECK(passes({"peer=192.0.2.4/30"}));
  CHECK_FALSE(passes({"peer=192.0.2.0/30"}));
  CHECK(passes({"peer=0.0.0.0/0"}));
  CHECK_FALSE(passes({"peer=2001:db8::/32"}));
  auto v6 = connection();
  v6.downstream.address = "[2001:db8::7]:50000";
  CHECK(passes({"peer=2001:db8::/32"}, v6));
  CHECK_FALSE(passes({"peer=0.0.0.0/0"}, v6));
}

TEST_CASE("all conditions must hold") {
  CHECK(passes({"untrusted", "peer=192.0.2.7"}));
  CHECK_FALSE(passes({"untrusted", "failed"}));
}

TEST_CASE("what is no condition is refused, with an example") {
  for (const auto* text :
       {"", "fail", "peer=", "peer=192.0.2.0/33", "peer=192.0.2.0/", "peer=mail", "name="}) {
    const auto filter = Filter::parse({text});
    REQUIRE_FALSE(filter);
    CHECK(filter.error().message.find("192.0.2.") != std::string::npos);
  }
}
