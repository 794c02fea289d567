#include "tls/survey/weaknesses.h"

#include <algorithm>
#include <array>
#include <functional>

#include "tls/names.h"
#include "tls/numbers.h"
#include "tls/survey/suites.h"

namespace mailtap::tls::survey {

namespace {

/// Every version was answered for, to the end: what wasn't found isn't there.
bool is_complete(const Findings& findings) {
  return !findings.stopped_answering &&
         std::none_of(findings.versions.begin(), findings.versions.end(),
                      [](const VersionFound& version) { return version.unanswered; });
}

State state_of(Known is_so) {
  return is_so == Known::yes ? State::yes : is_so == Known::no ? State::no : State::unknown;
}

std::string suites_that(const Findings& findings, const std::function<bool(std::uint16_t)>& is) {
  std::vector<std::uint16_t> found;
  for (const auto& version : findings.versions)
    for (const auto& suite : version.suites)
      if (is(suite.suite) && std::find(found.begin(), found.end(), suite.suite) == found.end())
        found.push_back(suite.suite);
  std::string text;
  for (const auto suite : found) text += (text.empty() ? "" : ", ") + cipher_suite_name(suite);
  return text;
}

class List {
 public:
  explicit List(const Findings& findings) : findings_(findings), complete_(is_complete(findings)) {}

  void add(std::string_view name, std::string_view id, State state, std::string detail = {}) {
    list_.push_back({name, id, state, std::move(detail)});
  }
  /// There if there is something to name.
  void add_found(std::string_view name, std::string_view id, State if_there, std::string what) {
    const auto absent = complete_ ? State::no : State::unknown;
    const auto state = what.empty() ? absent : if_there;
    add(name, id, state, std::move(what));
  }
  void add_suites(std::string_view name, std::string_view id, State if_there,
                  const std::function<bool(std::uint16_t)>& is) {
    add_found(name, id, if_there, suites_that(findings_, is));
  }
  std::vector<Weakness> take() { return std::move(list_); }

 private:
  const Findings& findings_;
  const bool complete_;
  std::vector<Weakness> list_;
};

bool is_rsa_export(std::uint16_t suite) {
  return is_export(suite) && key_exchange_of(suite) == KeyExchange::rsa;
}

std::string poodle(const Findings& findings) {
  const auto* ssl3 = findings.find(version::ssl30);
  if (ssl3 == nullptr) return {};
  const bool any = std::any_of(ssl3->suites.begin(), ssl3->suites.end(),
                               [](const SuiteFound& suite) { return has_cbc(suite.suite); });
  return any ? "SSL 3.0 with CBC" : "";
}

std::string beast(const Findings& findings) {
  std::string where;
  for (const auto old : {version::ssl30, version::tls10}) {
    const auto* found = findings.find(old);
    if (found != nullptr && std::any_of(found->suites.begin(), found->suites.end(),
                                        [](const SuiteFound& suite) { return has_cbc(suite.suite); }))
      where += (where.empty() ? "" : ", ") + version_name(old) + " with CBC";
  }
  return where;
}

void add_logjam(List& list, const Findings& findings) {
  constexpr unsigned breakable = 1024, export_bits = 768;
  const auto exported = suites_that(findings, [](std::uint16_t suite) {
    return is_export(suite) && key_exchange_of(suite) == KeyExchange::dhe;
  });
  const auto bits = findings.smallest_dh_bits();
  const bool is_weak = bits != 0 && bits <= breakable;
  const auto size = is_weak ? "a prime of " + std::to_string(bits) + " bits" : "";
  const bool is_sure = !exported.empty() || (is_weak && bits <= export_bits);
  list.add_found("LOGJAM", "CVE-2015-4000", is_sure ? State::yes : State::potential,
                 exported.empty() ? size : exported);
}

struct Rule {
  char letter;
  std::string reason;
};

}  // namespace

std::string_view to_string(State state) {
  switch (state) {
    case State::no: return "no";
    case State::potential: return "potential";
    case State::yes: return "yes";
    case State::unknown: return "unknown";
  }
  return "";
}

std::vector<Weakness> weaknesses_of(const Findings& findings) {
  List list(findings);
  list.add("Heartbleed", "CVE-2014-0160",
           findings.heartbeat == Known::no ? State::no : state_of(findings.heartbleed));
  list.add("CCS-injection", "CVE-2014-0224", state_of(findings.ccs_injection));
  std::string reactions;
  if (findings.bleichenbacher == Known::yes)
    for (const auto& one : findings.bleichenbacher_reactions)
      reactions += (reactions.empty() ? "" : "; ") + one;
  const bool has_rsa =
      findings.any_suite([](std::uint16_t s) { return key_exchange_of(s) == KeyExchange::rsa; });
  list.add("Bleichenbacher-oracle", "CVE-2017-13099",
           !has_rsa && is_complete(findings) ? State::no : state_of(findings.bleichenbacher), reactions);
  list.add_found("DROWN", "CVE-2016-0800", State::yes,
                 findings.speaks(version::ssl20) ? "SSL 2.0 is spoken" : "");
  list.add_suites("no-encryption", "", State::yes, has_no_encryption);
  list.add_suites("anonymous", "", State::yes,
                  [](std::uint16_t s) { return authentication_of(s) == Authentication::none; });
  list.add_suites("FREAK", "CVE-2015-0204", State::yes, is_rsa_export);
  add_logjam(list, findings);
  list.add_found("POODLE", "CVE-2014-3566", State::yes, poodle(findings));
  list.add("insecure-renegotiation", "CVE-2009-3555",
           findings.secure_renegotiation == Known::unknown ? State::unknown
           : findings.secure_renegotiation == Known::no    ? State::potential
                                                           : State::no,
           findings.secure_renegotiation == Known::no ? "without renegotiation_info (RFC 5746)" : "");
  list.add("client-renegotiation", "CVE-2011-1473",
           findings.client_renegotiation == Known::yes ? State::potential
                                                       : state_of(findings.client_renegotiation));
  list.add("CRIME", "CVE-2012-4929", state_of(findings.compression));
  list.add_suites("RC4", "CVE-2015-2808", State::yes, has_rc4);
  list.add_suites("SWEET32", "CVE-2016-2183", State::yes, has_small_blocks);
  list.add_found("BEAST", "CVE-2011-3389", State::potential, beast(findings));
  list.add_suites("LUCKY13", "CVE-2013-0169", State::potential, has_cbc);
  if (findings.newest() == version::tls13 && findings.secure_renegotiation == Known::unknown &&
      is_complete(findings)) {
    // TLS 1.3 alone has none of what these are about.
    auto all = list.take();
    for (auto& one : all)
      if (one.state == State::unknown) one.state = State::no;
    return all;
  }
  return list.take();
}

Grade grade_of(const Findings& findings, const std::vector<Weakness>& weaknesses) {
  if (findings.stopped_answering)
    return {'?',
            {"the server stopped answering even what it had answered before: it may limit how often somebody "
             "comes. Try again later, with --at-once 1 --delay 200ms"}};
  if (!findings.speaks_any()) return {'?', {"no version of TLS was agreed on"}};
  std::vector<Rule> rules;
  const auto weak = [&](std::string_view name, char letter, State from = State::yes) {
    const auto found = std::find_if(weaknesses.begin(), weaknesses.end(),
                                    [&](const Weakness& one) { return one.name == name; });
    if (found == weaknesses.end()) return;
    if (found->state == State::yes || (from == State::potential && found->state == State::potential))
      rules.push_back({letter, std::string(name) + (found->detail.empty() ? "" : ": " + found->detail)});
  };
  for (const auto* name : {"Heartbleed", "CCS-injection", "Bleichenbacher-oracle", "DROWN", "no-encryption",
                           "anonymous", "FREAK", "LOGJAM"})
    weak(name, 'F');
  for (const auto* name : {"POODLE", "CRIME", "RC4"}) weak(name, 'D');
  weak("insecure-renegotiation", 'D', State::potential);
  if (findings.speaks(version::ssl30)) rules.push_back({'D', "SSLv3 is spoken"});
  if (findings.newest() < version::tls12)
    rules.push_back({'D', "nothing newer than " + version_name(findings.newest()) + " is spoken"});
  weak("SWEET32", 'C');
  weak("LOGJAM", 'C', State::potential);
  if (!findings.any_suite(has_forward_secrecy)) rules.push_back({'C', "no suite has forward secrecy"});
  if (!findings.any_suite(is_aead)) rules.push_back({'C', "no suite has authenticated encryption (AEAD)"});
  for (const auto old : {version::tls10, version::tls11})
    if (findings.speaks(old)) rules.push_back({'B', version_name(old) + " is spoken"});
  if (!findings.speaks(version::tls13)) rules.push_back({'B', "TLSv1.3 isn't spoken"});
  if (findings.any_suite([](std::uint16_t suite) { return !has_forward_secrecy(suite); }))
    rules.push_back({'B', "there are suites without forward secrecy"});
  if (findings.fallback_scsv == Known::no && findings.newest() < version::tls13)
    rules.push_back({'B', "a downgrade isn't noticed (TLS_FALLBACK_SCSV)"});
  for (const auto& version : findings.versions)
    if (version.unanswered)
      return {'?', {"whether " + version_name(version.version) + " is spoken wasn't answered"}};

  Grade grade{'A', {}};
  for (const auto& rule : rules) grade.letter = std::max(grade.letter, rule.letter);
  for (auto& rule : rules)
    if (rule.letter == grade.letter &&
        std::find(grade.reasons.begin(), grade.reasons.end(), rule.reason) == grade.reasons.end())
      grade.reasons.push_back(std::move(rule.reason));
  return grade;
}

}  // namespace mailtap::tls::survey
