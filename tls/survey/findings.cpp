#include "tls/survey/findings.h"

#include <algorithm>

namespace mailtap::tls::survey {

const VersionFound* Findings::find(std::uint16_t version) const {
  const auto found = std::find_if(versions.begin(), versions.end(),
                                  [&](const VersionFound& one) { return one.version == version; });
  return found == versions.end() ? nullptr : &*found;
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

unsigned Findings::smallest_dh_bits() const {
  unsigned smallest = 0;
  for (const auto& version : versions)
    for (const auto& suite : version.suites)
      if (suite.dh_bits != 0 && (smallest == 0 || suite.dh_bits < smallest)) smallest = suite.dh_bits;
  return smallest;
}

}  // namespace mailtap::tls::survey
