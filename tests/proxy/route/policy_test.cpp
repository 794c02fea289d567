#include "proxy/route/policy.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "certs/verify/verdict.h"

using namespace mailtap;
using namespace mailtap::proxy;

namespace {

/// What a combination comes to, found by the table in policy.h read from the top.
struct Case {
  bool has_pins, pinned;
  bool remembers, remembered_any, remembered;
  bool require_trusted, trusted, matches;
  bool presents_trusted;

  bool acceptable() const { return trusted && matches; }
  bool proceeds() const {
    if (has_pins) return pinned;
    if (remembers && remembered_any) return remembered;
    return !require_trusted || acceptable();
  }
  Basis basis() const {
    if (!proceeds()) return Basis::nothing;
    if (has_pins) return Basis::pin;
    if (remembers) return remembered_any ? Basis::pin_file : Basis::first_use;
    return acceptable() ? Basis::trust : Basis::nothing;
  }
  bool unprotected() const {
    return proceeds() && presents_trusted && !acceptable() && basis() != Basis::pin &&
           basis() != Basis::pin_file;
  }
};

certs::Verdict verdict_of(bool trusted, bool matches) {
  certs::Verdict verdict;
  verdict.spki_sha256 = "KEY=";
  verdict.name_matches = matches;
  verdict.name_checked = "mail.example";
  if (!trusted)
    verdict.findings = {{certs::Fault::expired, 0, "expired"}, {certs::Fault::self_signed, 0, ""}};
  return verdict;
}

}  // namespace

TEST_CASE("every combination of pins, pin file, trust, name and presentation has the table's decision") {
  for (unsigned bits = 0; bits < 1U << 9; ++bits) {
    const auto bit = [bits](unsigned which) { return (bits >> which & 1U) != 0; };
    const Case each{bit(0), bit(1), bit(2), bit(3), bit(4), bit(5), bit(6), bit(7), bit(8)};
    Policy policy{each.require_trusted, {}, each.remembers, each.presents_trusted};
    if (each.has_pins) policy.pins = {"sha256//FIRST=", each.pinned ? "sha256//KEY=" : "sha256//OTHER="};
    std::vector<std::string> remembered;
    if (each.remembered_any)
      remembered = {"sha256//OLD=", each.remembered ? "sha256//KEY=" : "sha256//OLDER="};

    const auto decision = decide(policy, verdict_of(each.trusted, each.matches), remembered);
    INFO("combination " << bits);
    CHECK(decision.proceed == each.proceeds());
    CHECK(to_string(decision.basis) == to_string(each.basis()));
    CHECK(decision.unprotected == each.unprotected());
    CHECK(decision.reason.empty() == decision.proceed);
  }
}

TEST_CASE("the rows of the table, spelt out") {
  struct Row {
    Policy policy;
    bool trusted, matches;
    std::vector<std::string> remembered;
    bool proceed;
    Basis basis;
    bool unprotected;
  };
  const std::vector<std::string> pin{"sha256//KEY="}, other{"sha256//OTHER="}, none;
  const auto row = GENERATE_COPY(
      // require_trusted, pins, remembers_keys, presents_trusted
      Row{{false, pin, false, true}, false, false, none, true, Basis::pin, false},
      Row{{true, other, false, true}, true, true, none, false, Basis::nothing, false},
      Row{{false, none, true, true}, false, false, pin, true, Basis::pin_file, false},
      Row{{false, none, true, true}, true, true, other, false, Basis::nothing, false},
      Row{{false, none, true, true}, false, true, none, true, Basis::first_use, true},
      Row{{false, none, true, true}, true, true, none, true, Basis::first_use, false},
      Row{{true, none, true, true}, false, true, none, false, Basis::nothing, false},
      Row{{false, none, false, true}, true, true, none, true, Basis::trust, false},
      Row{{false, none, false, true}, true, false, none, true, Basis::nothing, true},
      Row{{false, none, false, false}, false, false, none, true, Basis::nothing, false},
      Row{{true, none, false, false}, true, false, none, false, Basis::nothing, false});
  const auto decision = decide(row.policy, verdict_of(row.trusted, row.matches), row.remembered);
  CHECK(decision.proceed == row.proceed);
  CHECK(decision.basis == row.basis);
  CHECK(decision.unprotected == row.unprotected);
}

TEST_CASE("a refusal names every fault and the name") {
  certs::Verdict verdict;
  verdict.findings = {
      {certs::Fault::expired, 0, ""}, {certs::Fault::expired, 1, ""}, {certs::Fault::untrusted_root, 1, ""}};
  verdict.name_checked = "mail.example";
  CHECK(decide({true, {}}, verdict).reason ==
        "require-trusted is set and the server's certificate has faults: expired, untrusted-root, it is not "
        "for mail.example");
}

TEST_CASE("a key that isn't the remembered one is refused with how to accept it") {
  Policy policy;
  policy.remembers_keys = true;
  CHECK(decide(policy, verdict_of(true, true), {"sha256//OLD="}).reason ==
        "the server's key is sha256//KEY=, but the pin file remembers sha256//OLD= for mail.example: if the "
        "server was given a new key on purpose, put that in place of the old one in the pin file (or remove "
        "the line, and the next key is remembered) and send SIGHUP");
}

TEST_CASE("a key that can't be read is no first use, and no pin") {
  auto verdict = verdict_of(false, false);
  verdict.spki_sha256.clear();
  Policy policy;
  policy.remembers_keys = true;
  CHECK_FALSE(decide(policy, verdict).proceed);
  policy.pins = {"sha256//"};
  CHECK_FALSE(decide(policy, verdict).proceed);
}
