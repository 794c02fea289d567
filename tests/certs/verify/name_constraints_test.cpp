#include "certs/verify/name_constraints.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/certs/ask.h"

using namespace mailtap;
using namespace mailtap::forge;

namespace {

constexpr auto violated = "constraint-violation@0";

/// The faults of a leaf with these names below an intermediate with these constraints.
Faults below(const std::vector<Buffer>& permitted, const std::vector<Buffer>& excluded,
             const std::vector<Buffer>& names, bool critical = true) {
  static const Ca root = Ca::root("Root");
  Recipe ca = authority("Constrained");
  ca.extensions.push_back(name_constraints(permitted, excluded, critical));
  const auto constrained = root.issue_ca(ca);
  Recipe leaf = server("unused");
  leaf.subject = forge::name("leaf");
  leaf.extensions[2] = subject_alt_name(names);
  return faults(ask({constrained.issue(leaf), constrained.der}, {root.der}));
}

}  // namespace

TEST_CASE("a violated name constraint on an intermediate is found, critical or not") {
  for (const bool critical : {true, false}) {
    CHECK(below({dns("example.com")}, {}, {dns("mail.example.com")}, critical).empty());
    CHECK(below({dns("example.com")}, {}, {dns("example.com")}, critical).empty());
    CHECK(below({dns("example.com")}, {}, {dns("badexample.com")}, critical) == Faults{violated});
    CHECK(below({}, {dns("example.com")}, {dns("a.b.EXAMPLE.com")}, critical) == Faults{violated});
  }
}

TEST_CASE("constraints that aren't critical bind names of every form") {
  const auto net = ip({192, 0, 2, 0, 255, 255, 255, 0});
  CHECK(below({net}, {}, {ip({192, 0, 3, 1})}, false) == Faults{violated});
  CHECK(below({}, {net}, {ip({192, 0, 2, 1})}, false) == Faults{violated});
  CHECK(below({email("example.com")}, {}, {email("me@example.org")}, false) == Faults{violated});
  CHECK(below({}, {uri(".example.com")}, {uri("https://a.example.com/")}, false) == Faults{violated});
  CHECK(below({directory(forge::name("other"))}, {}, {dns("a.example.com")}, false) == Faults{violated});
  CHECK(below({dns("example.com")}, {}, {dns("*.example.org")}, false) == Faults{violated});
  // A constraint on an anchor, not critical either.
  Recipe recipe = authority("Constrained Root");
  recipe.extensions.push_back(name_constraints({}, {dns("example.com")}, false));
  const auto root = Ca::root(recipe);
  CHECK(faults(ask({root.issue("mail.example.com")}, {root.der})) == Faults{violated});
}

TEST_CASE("a constraint on an anchor holds too") {
  Recipe recipe = authority("Constrained Root");
  recipe.extensions.push_back(name_constraints({dns("example.org")}, {}));
  const auto root = Ca::root(recipe);
  CHECK(faults(ask({root.issue("mail.example.com")}, {root.der})) == Faults{violated});
}

TEST_CASE("every name must be permitted, and exclusion goes before permission") {
  CHECK(below({dns("example.com")}, {}, {dns("mail.example.com"), dns("mail.example.org")}) ==
        Faults{violated});
  CHECK(below({dns("example.com")}, {dns("mail.example.com")}, {dns("mail.example.com")}) ==
        Faults{violated});
}

TEST_CASE("a wildcard that covers an excluded host is a violation") {
  CHECK(below({}, {dns("bad.example.com")}, {dns("*.example.com")}) == Faults{violated});
  CHECK(below({}, {dns("bad.example.org")}, {dns("*.example.com")}).empty());
  CHECK(below({dns("example.com")}, {}, {dns("*.example.com")}).empty());
  CHECK(below({dns("mail.example.com")}, {}, {dns("*.example.com")}) == Faults{violated});
}

TEST_CASE("constraints on addresses go by prefix, and bind addresses only") {
  const auto net = ip({192, 0, 2, 0, 255, 255, 255, 0});
  CHECK(below({net}, {}, {ip({192, 0, 2, 77})}).empty());
  CHECK(below({net}, {}, {ip({192, 0, 3, 77})}) == Faults{violated});
  CHECK(below({}, {net}, {ip({192, 0, 2, 77})}) == Faults{violated});
  CHECK(below({net}, {}, {dns("mail.example.com")}).empty());
}

TEST_CASE("constraints on mail, URIs and directory names hold") {
  CHECK(below({email("example.com")}, {}, {dns("a.example.com"), email("me@example.com")}).empty());
  CHECK(below({email("example.com")}, {}, {email("me@sub.example.com")}) == Faults{violated});
  CHECK(below({email(".example.com")}, {}, {email("me@sub.example.com")}).empty());
  CHECK(below({email("me@example.com")}, {}, {email("you@example.com")}) == Faults{violated});
  CHECK(below({uri("example.com")}, {}, {uri("https://example.com/x")}).empty());
  CHECK(below({uri("example.com")}, {}, {uri("https://me@evil.example.com:1/x")}) == Faults{violated});
  CHECK(below({directory(forge::name("LEAF", 0x13))}, {}, {dns("a.example.com")}).empty());
  CHECK(below({directory(forge::name("other"))}, {}, {dns("a.example.com")}) == Faults{violated});
}

TEST_CASE("a name that isn't one can't be permitted") {
  CHECK(below({dns("example.com")}, {}, {dns(".example.com")}) == Faults{violated});
  CHECK(below({dns("example.com")}, {}, {dns("mail.example.com.")}) == Faults{violated});
  CHECK(below({dns("example.com")}, {},
              {dns("b\xc3\xbc"
                   "cher.example.com")}) == Faults{"malformed@0"});
  CHECK(below({email("example.com")}, {}, {email("a@b@example.com")}) == Faults{violated});
}

TEST_CASE("a constraint that means nothing is malformed") {
  CHECK(below({ip({192, 0, 2, 0, 255, 0, 255, 0})}, {}, {dns("a.example.com")}) == Faults{"malformed@1"});
  CHECK(below({ip({192, 0, 2, 0})}, {}, {dns("a.example.com")}) == Faults{"malformed@1"});
  CHECK(below({email("a@b@example.com")}, {}, {dns("a.example.com")}) == Faults{"malformed@1"});
  CHECK(below({}, {}, {dns("a.example.com")}) == Faults{"malformed@1"});
}

TEST_CASE("the leading dot that Windows CAs write means the hosts below") {
  CHECK(below({dns(".corp.example")}, {}, {dns("mail.corp.example")}).empty());
  CHECK(below({dns(".corp.example")}, {}, {dns("corp.example")}) == Faults{violated});
  CHECK(below({dns(".corp.example")}, {}, {dns("*.corp.example")}).empty());
  CHECK(below({}, {dns(".corp.example")}, {dns("*.corp.example")}) == Faults{violated});
  CHECK(below({}, {dns(".corp.example")}, {dns("corp.example")}).empty());
}

TEST_CASE("self-issued intermediates aren't bound, the leaf always is") {
  Recipe recipe = authority("Rolling");
  recipe.extensions.push_back(name_constraints({dns("example.com")}, {}));
  const auto root = Ca::root(recipe);
  Recipe rolled = authority("Rolling");
  rolled.extensions.push_back(subject_alt_name({dns("example.org")}));
  const auto next = root.issue_ca(rolled);
  CHECK(ask({next.issue("mail.example.com"), next.der}, {root.der}).trusted());
  CHECK(faults(ask({next.issue("mail.example.org"), next.der}, {root.der})) == Faults{violated});
}
