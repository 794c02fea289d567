// The dated data, and what is made of it.
#include "certs/verify/dates.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "certs/verify/path.h"
#include "certs/verify/verdict.h"
#include "tests/certs/ask.h"

using namespace mailtap;
using namespace mailtap::certs;
using namespace mailtap::forge;

namespace {

Time day(const std::string& date) {
  return from_rfc3339(date + "T00:00:00Z").value();
}

bool has_lint(const Verdict& verdict, std::string_view text) {
  return std::any_of(verdict.lints.begin(), verdict.lints.end(),
                     [&](const auto& lint) { return lint.find(text) != std::string::npos; });
}

Buffer organisation(std::string_view name) {
  return tlv(0x30, tlv(0x31, tlv(0x30, {oid("2.5.4.10"), tlv(0x0c, as_bytes(name))})));
}

/// A leaf under a root of that organisation, as a path that ends in a public root.
Path issued_by(std::string_view name, const std::string& root_made, const std::string& leaf_made) {
  Recipe root = authority("Root");
  root.subject = root.issuer = organisation(name);
  root.not_before = day(root_made);
  const auto ca = Ca::root(root);
  Recipe leaf = server("mail.example.com");
  leaf.not_before = day(leaf_made);
  return {{parse_certificate(ca.issue(leaf)).value(), parse_certificate(ca.der).value()}, PathEnd::anchor};
}

Verdict valid(const std::string& from, std::chrono::days life, Time at) {
  const auto root = Ca::root("Root");
  Recipe recipe = server("mail.example.com");
  recipe.not_before = day(from);
  recipe.not_after = day(from) + life;
  return ask({root.issue(recipe)}, {root.der}, {.at = at});
}

}  // namespace

TEST_CASE("every line of the dated file is sound, has a source, and stands in order of its dates") {
  const auto rules = parse_dates(dates_file());
  REQUIRE(rules);
  REQUIRE(rules->size() >= 20);
  CHECK(dates_file().find("as of 20") < dates_file().find('\n'));
  for (std::size_t i = 1; i < rules->size(); ++i) {
    CAPTURE(i, (*rules)[i].kind, (*rules)[i].subject);
    if ((*rules)[i].kind == (*rules)[i - 1].kind) CHECK((*rules)[i - 1].from <= (*rules)[i].from);
    CHECK((*rules)[i].source.size() > 10);
  }
  for (const auto* bad : {"limit\t2026-03-15\t200\t-", "limit\t2026-03-15\tmany\t-\tsource",
                          "limit\t2026-13-15\t200\t-\tsource", "distrust\t2026-03-15\tsome\t-\tsource",
                          "retire\t2026-03-15\tlater\t-\tsource", "no-client-auth\t2026-03-15\t\t-\tsource",
                          "service\t2026-03-15\tmail\tExchange; smtp; -\tsource",
                          "service\t2026-03-15\tmail\tExchange; smtp; -; -; -\tsource",
                          "service\t2026-03-15\tmail\tExchange; ; -; -\tsource",
                          "other\t2026-03-15\t1\t-\tsource", "limit\t2026-03-15\t200\t-\tsource\tmore"})
    CHECK_FALSE(parse_dates(bad));
}

TEST_CASE("how long a certificate may be valid goes by its date of issue") {
  CHECK_FALSE(max_validity_days(day("2010-01-01")));
  CHECK(max_validity_days(day("2019-01-01")) == 825);
  CHECK(max_validity_days(day("2026-03-14")) == 398);
  CHECK(max_validity_days(day("2026-03-15")) == 200);
  CHECK(max_validity_days(day("2027-03-15")) == 100);
  CHECK(max_validity_days(day("2029-03-15")) == 47);
  CHECK_FALSE(has_lint(valid("2026-03-14", std::chrono::days(300), day("2026-06-15")), "valid for more"));
  const auto late = valid("2026-03-15", std::chrono::days(300), day("2026-06-15"));
  CHECK(late.trusted());
  CHECK(has_lint(late, "valid for more than 200 days, which no public CA gives since 2026-03-15"));
}

TEST_CASE("a warning of the end is scaled to the certificate's life") {
  CHECK(warn_days_of_life(365) == 30);
  CHECK(warn_days_of_life(90) == 30);
  CHECK(warn_days_of_life(47) == 15);
  CHECK(warn_days_of_life(6) == 2);
  CHECK(warn_days_of_life(0) == 1);
  const auto after = [](int days) { return day("2026-06-15") + std::chrono::days(days); };
  CHECK_FALSE(valid("2026-06-15", std::chrono::days(45), after(15)).ends_soon());
  CHECK(valid("2026-06-15", std::chrono::days(45), after(31)).ends_soon());
  CHECK(valid("2026-06-15", std::chrono::days(300), after(271)).ends_soon());
}

TEST_CASE("what a CA issued since it lost trust is told, and what it issued before isn't") {
  const auto before =
      dated_lints(issued_by("Entrust, Inc.", "2015-01-01", "2024-11-11"), true, day("2026-06-15"));
  CHECK(before.empty());
  const auto since =
      dated_lints(issued_by("Entrust, Inc.", "2015-01-01", "2024-11-12"), true, day("2026-06-15"));
  CHECK(since ==
        std::vector<std::string>{"what Entrust, Inc. issued since 2024-11-12 isn't trusted by Chrome"});
  CHECK(
      dated_lints(issued_by("Entrust, Inc.", "2015-01-01", "2024-11-12"), false, day("2026-06-15")).empty());
}

TEST_CASE("a public root's end is told a year before, and after it") {
  const auto path = issued_by("Some CA", "2009-03-01", "2026-06-01");
  CHECK(dated_lints(path, true, day("2026-04-01")).empty());
  REQUIRE(dated_lints(path, true, day("2026-06-15")).size() == 1);
  CHECK(
      dated_lints(path, true, day("2026-06-15")).front().find("stop trusting it for servers on 2027-04-15") !=
      std::string::npos);
  CHECK(dated_lints(path, true, day("2027-05-01"))
            .front()
            .find("no longer trust it for servers since 2027-04-15") != std::string::npos);
}

TEST_CASE(
    "of clientAuth the CA's own rules come before those of all, of refusals those of the protocol alone") {
  const auto rules = client_auth_rules_of("Let's Encrypt");
  REQUIRE(rules.size() == 3);
  CHECK(rules[0].value == "unless asked for");
  CHECK(rules[1].from == day("2026-07-08"));
  CHECK(rules[2].subject == "-");
  CHECK(client_auth_rules_of("Contoso").size() == 1);
  for (const auto& rule : refusals_of("Exchange Online", "pop3"))
    CHECK(rule.value.find("Exchange Web Services") == std::string_view::npos);
  CHECK(refusals_of("Exchange Online", "http").size() >= 3);
  CHECK(refusals_of("Exchange", "http").empty());
}
