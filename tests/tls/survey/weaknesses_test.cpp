#include "tls/survey/weaknesses.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

using namespace mailtap::tls::survey;

namespace {

/// A server without a fault.
Findings sound() {
  Findings findings;
  for (const std::uint16_t version : {0x0002, 0x0300, 0x0301, 0x0302, 0x0303, 0x0304})
    findings.versions.emplace_back().version = version;
  auto& tls12 = findings.versions[4];
  tls12.spoken = true;
  tls12.suites = {{0xC030, 23, 0, {}}};
  auto& tls13 = findings.versions[5];
  tls13.spoken = true;
  tls13.suites = {{0x1302, 29, 0, {}}};
  findings.secure_renegotiation = findings.fallback_scsv = Known::yes;
  findings.compression = findings.heartbeat = findings.client_renegotiation = Known::no;
  findings.ccs_injection = findings.bleichenbacher = Known::no;
  return findings;
}

Findings with_suite(std::uint16_t version, std::uint16_t suite, unsigned dh_bits = 0) {
  auto findings = sound();
  for (auto& one : findings.versions) {
    if (one.version != version) continue;
    one.spoken = true;
    one.suites.push_back({suite, 0, dh_bits, {}});
  }
  return findings;
}

State state_of(const Findings& findings, std::string_view name) {
  const auto all = weaknesses_of(findings);
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Weakness& one) { return one.name == name; });
  REQUIRE(found != all.end());
  return found->state;
}

char letter(const Findings& findings) {
  return grade_of(findings, weaknesses_of(findings)).letter;
}

}  // namespace

TEST_CASE("a sound server has no weakness, and an A") {
  for (const auto& one : weaknesses_of(sound())) {
    INFO(one.name);
    CHECK(one.state == State::no);
  }
  CHECK(letter(sound()) == 'A');
}

TEST_CASE("each weakness by suites and versions is found where it is, and the grade follows") {
  struct Case {
    std::string_view name;
    Findings findings;
    State state;
    char letter;
  };
  auto sslv2 = sound();
  sslv2.versions[0].spoken = true;
  auto compressed = sound();
  compressed.compression = Known::yes;
  auto insecure = sound();
  insecure.secure_renegotiation = Known::no;
  const std::vector<Case> cases{
      {"DROWN", sslv2, State::yes, 'F'},
      {"no-encryption", with_suite(0x0303, 0x003B), State::yes, 'F'},
      {"anonymous", with_suite(0x0303, 0x0034), State::yes, 'F'},
      {"FREAK", with_suite(0x0301, 0x0003), State::yes, 'F'},
      {"LOGJAM", with_suite(0x0301, 0x0014), State::yes, 'F'},
      {"LOGJAM", with_suite(0x0303, 0x009E, 768), State::yes, 'F'},
      {"LOGJAM", with_suite(0x0303, 0x009E, 1024), State::potential, 'C'},
      {"LOGJAM", with_suite(0x0303, 0x009E, 2048), State::no, 'A'},
      {"POODLE", with_suite(0x0300, 0x002F), State::yes, 'D'},
      {"CRIME", compressed, State::yes, 'D'},
      {"insecure-renegotiation", insecure, State::potential, 'D'},
      {"RC4", with_suite(0x0303, 0xC011), State::yes, 'D'},
      {"SWEET32", with_suite(0x0303, 0xC012), State::yes, 'C'},
      {"BEAST", with_suite(0x0301, 0xC013), State::potential, 'B'},
      {"LUCKY13", with_suite(0x0303, 0xC013), State::potential, 'A'},
  };
  for (const auto& one : cases) {
    INFO(one.name);
    CHECK(state_of(one.findings, one.name) == one.state);
    CHECK(letter(one.findings) == one.letter);
  }
}

TEST_CASE("weaknesses that have to be tried give an F") {
  auto heartbleed = sound();
  heartbleed.heartbeat = heartbleed.heartbleed = Known::yes;
  CHECK(state_of(heartbleed, "Heartbleed") == State::yes);
  CHECK(letter(heartbleed) == 'F');
  auto ccs = sound();
  ccs.ccs_injection = Known::yes;
  CHECK(letter(ccs) == 'F');
  auto oracle = with_suite(0x0303, 0x002F);
  oracle.bleichenbacher = Known::yes;
  oracle.bleichenbacher_reactions = {"alert 20", "alert 51", "alert 20", "alert 20", "alert 20"};
  CHECK(state_of(oracle, "Bleichenbacher-oracle") == State::yes);
  CHECK(letter(oracle) == 'F');
}

TEST_CASE("a version that wasn't answered for makes what isn't seen unknown, and there is no grade") {
  auto findings = sound();
  findings.versions[2].unanswered = true;
  CHECK(state_of(findings, "RC4") == State::unknown);
  CHECK(letter(findings) == '?');
  CHECK(letter(Findings{}) == '?');
}
