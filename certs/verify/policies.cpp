#include "certs/verify/policies.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "certs/asn1/oids.h"

namespace mailtap::certs {

namespace {

using Policies = std::set<std::string_view>;

/// One level of the tree: the policies that the next certificate may assert.
struct Level {
  bool any = true;
  Policies expected;
  bool empty() const { return !any && expected.empty(); }
};

/// RFC 5280 section 6.1.3 (d) and (e).
Level assert_policies(const Level& above, const Certificate& certificate, bool any_counts) {
  Level level{false, {}};
  if (!certificate.policies) return level;
  for (const auto policy : *certificate.policies) {
    const auto id = as_text(policy);
    if (id == oid::any_policy) {
      if (!any_counts) continue;
      level.any = above.any;
      level.expected.insert(above.expected.begin(), above.expected.end());
    } else if (above.any || above.expected.contains(id)) {
      level.expected.insert(id);
    }
  }
  return level;
}

/// RFC 5280 section 6.1.4 (b): what the CA calls X, certificates below call Y.
void map_policies(Level& level, const Certificate& certificate, bool may_map) {
  std::map<std::string_view, Policies> mapping;
  for (const auto& pair : certificate.policy_mappings)
    mapping[as_text(pair.issuer_policy)].insert(as_text(pair.subject_policy));
  Policies mapped;
  for (const auto& [from, to] : mapping) {
    const bool valid = level.expected.erase(from) > 0 || level.any;
    if (valid && may_map) mapped.insert(to.begin(), to.end());
  }
  level.expected.insert(mapped.begin(), mapped.end());
}

void lower(std::size_t& counter, const std::optional<int>& limit) {
  if (limit) counter = std::min(counter, static_cast<std::size_t>(*limit));
}

}  // namespace

bool policies_hold(const std::vector<CertificatePtr>& path) {
  const std::size_t length = path.size() - 1;  // without the anchor
  std::size_t explicit_policy = length + 1;
  std::size_t inhibit_any = length + 1;
  std::size_t inhibit_mapping = length + 1;
  Level level;
  for (std::size_t i = length; i-- > 0;) {
    const auto& certificate = *path[i];
    const bool self_issued = certificate.self_issued();
    const bool any_counts = inhibit_any > 0 || (i > 0 && self_issued);
    level = level.empty() ? Level{false, {}} : assert_policies(level, certificate, any_counts);
    if (i == 0) {
      // The wrap-up of section 6.1.5.
      if (explicit_policy > 0) --explicit_policy;
      const auto& constraints = certificate.policy_constraints;
      if (constraints && constraints->require_explicit == 0) explicit_policy = 0;
      break;
    }
    if (explicit_policy == 0 && level.empty()) return false;
    map_policies(level, certificate, inhibit_mapping > 0);
    if (!self_issued) {
      for (auto* counter : {&explicit_policy, &inhibit_any, &inhibit_mapping})
        if (*counter > 0) --*counter;
    }
    if (certificate.policy_constraints) {
      lower(explicit_policy, certificate.policy_constraints->require_explicit);
      lower(inhibit_mapping, certificate.policy_constraints->inhibit_mapping);
    }
    lower(inhibit_any, certificate.inhibit_any_policy);
  }
  return explicit_policy > 0 || !level.empty();
}

}  // namespace mailtap::certs
