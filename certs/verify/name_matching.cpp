#include "certs/verify/name_matching.h"

#include "certs/asn1/oids.h"

namespace mailtap::certs {

namespace {

bool common_name_matches(const std::string& name, const ReferenceName& reference) {
  if (reference.form == ReferenceName::Form::ip) return parse_ip(name) == reference.ip;
  return dns_name_matches(name, reference.dns);
}

}  // namespace

bool dns_name_matches(std::string_view presented, std::string_view reference) {
  if (!presented.starts_with("*."))
    return is_dns_name(presented) && equal_ignoring_case(presented, reference);
  // RFC 9525 section 6.3: the wildcard is the whole left-most label and stands for exactly one label.
  // Below a single label ("*.com", "*.local") it would cover a whole registry: no client accepts that.
  const auto base = presented.substr(2);
  if (!is_dns_name(base) || base.find('.') == std::string_view::npos) return false;
  const auto dot = reference.find('.');
  return dot != std::string_view::npos && equal_ignoring_case(base, reference.substr(dot + 1));
}

NameMatch match_name(const Certificate& leaf, const ReferenceName& reference) {
  NameMatch match;
  if (reference.form == ReferenceName::Form::invalid) return match;
  if (leaf.subject_alt_name) {
    for (const auto& name : *leaf.subject_alt_name) {
      if (reference.form == ReferenceName::Form::ip) {
        if (name.form == NameForm::ip && der::same(name.value, reference.ip)) return {.matches = true};
        if (name.form == NameForm::dns && parse_ip(as_text(name.value)) == reference.ip)
          match.address_as_dns = true;
      } else if (name.form == NameForm::dns && dns_name_matches(as_text(name.value), reference.dns)) {
        return {.matches = true};
      }
    }
  }
  for (const auto& name : leaf.subject.values(oid::common_name))
    match.legacy_cn = match.legacy_cn || common_name_matches(name, reference);
  return match;
}

}  // namespace mailtap::certs
