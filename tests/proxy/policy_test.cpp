#include "proxy/policy.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace mailtap;
using namespace mailtap::proxy;

TEST_CASE("the decision follows pins first, then require-trusted") {
  struct Row {
    bool has_pins, pinned, require_trusted, trusted, matches, proceed;
  };
  // Every combination that the table in policy.h tells apart.
  const auto row =
      GENERATE(Row{true, true, false, false, false, true}, Row{true, true, true, false, false, true},
               Row{true, false, false, true, true, false}, Row{true, false, true, true, true, false},
               Row{false, false, false, true, true, true}, Row{false, false, false, false, false, true},
               Row{false, false, true, true, true, true}, Row{false, false, true, false, true, false},
               Row{false, false, true, true, false, false}, Row{false, false, true, false, false, false});
  certs::Verdict verdict;
  verdict.spki_sha256 = row.pinned ? "PINNED=" : "OTHER=";
  verdict.name_matches = row.matches;
  verdict.name_checked = "mail.example";
  if (!row.trusted)
    verdict.findings = {{certs::Fault::expired, 0, "expired"}, {certs::Fault::self_signed, 0, ""}};

  Policy policy{row.require_trusted, {}};
  if (row.has_pins) policy.pins = {"sha256//FIRST=", "sha256//PINNED="};
  const auto decision = decide(policy, verdict);
  CHECK(decision.proceed == row.proceed);
  CHECK(decision.reason.empty() == row.proceed);
}

TEST_CASE("a refusal names every fault and the name") {
  certs::Verdict verdict;
  verdict.findings = {
      {certs::Fault::expired, 0, ""}, {certs::Fault::expired, 1, ""}, {certs::Fault::untrusted_root, 1, ""}};
  verdict.name_checked = "mail.example";
  CHECK(decide({true, {}}, verdict).reason ==
        "require-trusted is set and the server's certificate has faults: expired, untrusted-root, it is not "
        "for "
        "mail.example");
}
