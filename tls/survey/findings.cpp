#include "tls/survey/findings.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "tls/numbers.h"

namespace mailtap::tls::survey {

const VersionFound* Findings::find(std::uint16_t version) const {
  const auto found = std::find_if(versions.begin(), versions.end(),
                                  [&](const VersionFound& one) { return one.version == version; });
  return found == versions.end() ? nullptr : &*found;
}

VersionFound* Findings::find(std::uint16_t version) {
  return const_cast<VersionFound*>(std::as_const(*this).find(version));
}

void Findings::note_certificate(const std::vector<Buffer>& chain, const std::string& when) {
  if (chain.empty()) return;
  auto found = std::find_if(certificates.begin(), certificates.end(),
                            [&](const CertificateFound& one) { return one.chain.front() == chain.front(); });
  if (found == certificates.end()) found = certificates.insert(certificates.end(), {chain, {}});
  if (!when.empty() && std::find(found->when.begin(), found->when.end(), when) == found->when.end())
    found->when.push_back(when);
}

bool Findings::is_shown(const std::vector<Buffer>& chain, const std::string& when) const {
  return !chain.empty() && std::any_of(certificates.begin(), certificates.end(), [&](const auto& one) {
    return one.chain.front() == chain.front() &&
           std::find(one.when.begin(), one.when.end(), when) != one.when.end();
  });
}

bool Findings::speaks(std::uint16_t version) const {
  const auto* found = find(version);
  return found != nullptr && found->spoken;
}

bool Findings::speaks_any() const {
  return newest() != 0;
}

bool Findings::any_suite(bool (*is)(std::uint16_t)) const {
  return std::any_of(versions.begin(), versions.end(), [&](const VersionFound& version) {
    return std::any_of(version.suites.begin(), version.suites.end(),
                       [&](const SuiteFound& suite) { return is(suite.suite); });
  });
}

std::uint16_t Findings::newest() const {
  std::uint16_t newest = 0;
  for (const auto& version : versions)
    if (version.spoken) newest = std::max(newest, version.version);
  return newest;
}

std::vector<std::uint16_t> Findings::post_quantum_groups() const {
  std::vector<std::uint16_t> groups;
  if (const auto* tls13 = find(version::tls13))
    std::copy_if(tls13->groups.begin(), tls13->groups.end(), std::back_inserter(groups),
                 [](std::uint16_t one) {
                   return (one >= group::MLKEM512 && one <= group::MLKEM1024) ||
                          (one >= group::SecP256r1MLKEM768 && one <= group::SecP384r1MLKEM1024);
                 });
  return groups;
}

unsigned Findings::smallest_dh_bits() const {
  unsigned smallest = 0;
  for (const auto& version : versions)
    for (const auto& suite : version.suites)
      if (suite.dh_bits != 0 && (smallest == 0 || suite.dh_bits < smallest)) smallest = suite.dh_bits;
  return smallest;
}

}  // namespace mailtap::tls::survey
