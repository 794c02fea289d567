// Building paths out of what servers really send, and out of what they send to do harm.

#include "certs/verify/path.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <chrono>

#include "certs/advice/full_verdict.h"
#include "certs/verify/trust_store.h"
#include "tests/certs/ask.h"

using namespace mailtap;
using namespace mailtap::forge;

namespace {

constexpr auto host = "mail.example.com";

double milliseconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

TEST_CASE("a chain out of order, with duplicates and strays, is put in order") {
  const auto root = Ca::root("Root");
  const auto upper = root.issue_ca("Upper");
  const auto lower = upper.issue_ca("Lower");
  const auto stray = Ca::root("Stray");
  const auto leaf = lower.issue(host);
  const auto verdict =
      ask({leaf, stray.der, upper.der, leaf, root.der, upper.der, lower.der, lower.der}, {root.der});
  CHECK(verdict.acceptable());
  CHECK(verdict.path == std::vector<std::size_t>{0, 6, 2, 4});
}

TEST_CASE("among a hundred roots of one name the right one is found, without key identifiers") {
  std::vector<Buffer> anchors;
  Ca last = Ca::root("Same Name");
  for (int i = 0; i < 100; ++i) {
    anchors.push_back(last.der);
    if (i < 99) last = Ca::root("Same Name");
  }
  CHECK(ask({last.issue(host)}, anchors).acceptable());
}

TEST_CASE("a path that fails is left for one that holds") {
  const auto root = Ca::root("Root");
  const auto old_root = Ca::root("Old Root");
  const auto issuing = root.issue_ca("Issuing");
  Recipe cross = authority("Issuing");
  cross.not_after = now() - std::chrono::days(1);
  cross.issuer = old_root.subject;
  const auto expired = certificate(cross, issuing.key, old_root.key);
  for (const auto& sent : {std::vector<Buffer>{issuing.issue(host), expired, issuing.der},
                           std::vector<Buffer>{issuing.issue(host), issuing.der, expired}})
    CHECK(ask(sent, {root.der, old_root.der}).trusted());
}

TEST_CASE("an unreadable stray doesn't spoil a good chain, and is told of a bad one") {
  const auto root = Ca::root("Root");
  const auto issuing = root.issue_ca("Issuing");
  const Buffer junk{0x30, 0x80, 0x00};
  CHECK(ask({issuing.issue(host), junk, issuing.der}, {root.der}).trusted());
  CHECK(faults(ask({issuing.issue(host), junk}, {root.der})) == Faults{"incomplete-chain@0", "malformed@1"});
}

TEST_CASE("CAs that sign each other lead nowhere") {
  auto one = Ca::root("One");
  auto two = Ca::root("Two");
  const auto one_by_two = two.issue(authority("One"), one.key);
  const auto two_by_one = one.issue(authority("Two"), two.key);
  const auto verdict = ask({one.issue(host), one_by_two, two_by_one}, {Ca::root("Root").der});
  CHECK_FALSE(verdict.trusted());
  CHECK(faults(verdict).back().starts_with("incomplete-chain"));
}

TEST_CASE("an intermediate that is trusted itself ends the path") {
  const auto root = Ca::root("Root");
  const auto issuing = root.issue_ca("Issuing");
  CHECK(ask({issuing.issue(host)}, {issuing.der}).trusted());
  const auto strict = ask({issuing.issue(host)}, {issuing.der}, {.profile = certs::Profile::webpki});
  CHECK_FALSE(strict.trusted());
}

TEST_CASE("hostile chains cost bounded work") {
  const auto root = Ca::root("Root");
  SECTION("hundreds of CAs of one name, each with its own key") {
    Ca ca = Ca::root("Evil");
    std::vector<Buffer> sent;
    for (int i = 0; i < 200; ++i) {
      sent.push_back(ca.der);
      ca = ca.issue_ca("Evil");
    }
    sent.insert(sent.begin(), ca.issue(host));
    certs::Verdict verdict;
    const double cost = milliseconds_of([&] { verdict = ask(sent, {root.der}); });
    CHECK_FALSE(verdict.trusted());
    WARN("200 CAs of one name: " << cost << " ms");
  }
  SECTION("hundreds of CAs of one name and key") {
    const auto ca = Ca::root("Evil");
    std::vector<Buffer> sent{ca.issue(host)};
    for (int i = 0; i < 300; ++i) {
      Recipe recipe = authority("Evil");
      recipe.serial = {static_cast<std::uint8_t>(1 + i / 100), static_cast<std::uint8_t>(1 + i % 100)};
      sent.push_back(ca.issue(recipe, ca.key));
    }
    certs::Verdict verdict;
    const double cost = milliseconds_of([&] { verdict = ask(sent, {root.der}); });
    CHECK_FALSE(verdict.trusted());
    WARN("300 certificates of one CA: " << cost << " ms");
  }
  SECTION("a ladder whose paths double at each step") {
    Ca below = root;
    std::vector<Buffer> sent;
    for (int i = 0; i < 12; ++i) {
      Ca next;
      next.subject = name("Step " + std::to_string(i));
      for (int twin = 0; twin < 4; ++twin) {
        Recipe recipe = authority("Step " + std::to_string(i));
        recipe.serial = {static_cast<std::uint8_t>(twin + 1)};
        recipe.not_after = now() - std::chrono::days(1);  // every path is wrong
        sent.push_back(below.issue(recipe, next.key));
      }
      below = next;
    }
    sent.insert(sent.begin(), below.issue(host));
    certs::Verdict verdict;
    const double cost = milliseconds_of([&] { verdict = ask(sent, {root.der}); });
    CHECK_FALSE(verdict.trusted());
    WARN("16 million paths: " << cost << " ms");
  }
  SECTION("thousands of names under thousands of constraints") {
    std::vector<Buffer> names;
    std::vector<Buffer> excluded;
    for (int i = 0; i < 1500; ++i) {
      names.push_back(dns("n" + std::to_string(i) + ".example.com"));
      excluded.push_back(dns("x" + std::to_string(i) + ".example.org"));
    }
    Recipe ca = authority("Constrained");
    ca.extensions.push_back(name_constraints({}, excluded));
    const auto constrained = root.issue_ca(ca);
    Recipe leaf = server(host);
    leaf.extensions[2] = subject_alt_name(names);
    certs::Verdict verdict;
    const double cost = milliseconds_of([&] {
      verdict = ask({constrained.issue(leaf), constrained.der}, {root.der});
    });
    CHECK(faults(verdict) == Faults{"constraint-violation@0"});
    WARN("1500 names, 1500 constraints: " << cost << " ms");
  }
}

TEST_CASE("what a machine has in its store of intermediates completes a chain, and is no anchor") {
  const auto root = Ca::root("Root");
  const auto upper = root.issue_ca("Upper");
  const auto lower = upper.issue_ca("Lower");
  const auto leaf = lower.issue(host);
  const certs::Question question{host, now()};
  const auto judged = [&](const std::vector<Buffer>& sent, const std::vector<Buffer>& anchors,
                          const std::vector<Buffer>& intermediates) {
    const auto store = certs::TrustStore::of(anchors, {}, intermediates);
    REQUIRE(store);
    return certs::full_verdict(sent, **store, question);
  };
  const auto complete = judged({leaf}, {root.der}, {upper.der, lower.der});
  CHECK(complete.acceptable());
  CHECK(complete.path == std::vector<std::size_t>{0, 1, 1, 1});
  CHECK(complete.dotnet.policy_errors.empty());
  CHECK(std::count_if(complete.lints.begin(), complete.lints.end(), [](const std::string& lint) {
          return lint.starts_with("the server doesn't send ");
        }) == 2);
  // Sent, it is no news.
  const auto sent = judged({leaf, lower.der, upper.der}, {root.der}, {upper.der, lower.der});
  CHECK(sent.path == std::vector<std::size_t>{0, 1, 2, 3});
  CHECK(std::none_of(sent.lints.begin(), sent.lints.end(),
                     [](const std::string& lint) { return lint.starts_with("the server doesn't send "); }));
  CHECK_FALSE(judged({leaf}, {Ca::root("Other").der}, {upper.der, lower.der, root.der}).trusted());
  // Other clients don't have that store.
  const auto* openssl = complete.opinion_of("openssl-3.0");
  REQUIRE(openssl != nullptr);
  CHECK_FALSE(openssl->accepts);
  const auto* dotnet = complete.opinion_of("dotnet-framework");
  REQUIRE(dotnet != nullptr);
  CHECK(dotnet->accepts);
}
