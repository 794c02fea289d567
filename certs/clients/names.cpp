#include "certs/clients/names.h"

#include <algorithm>

#include <libpsl.h>

#include "certs/asn1/oids.h"
#include "certs/model/names.h"

namespace mailtap::certs::clients {

namespace {

std::size_t labels(std::string_view name) {
  return static_cast<std::size_t>(std::count(name.begin(), name.end(), '.')) + 1;
}

/// Those that registries keep, not those of companies ("s3.amazonaws.com"), below which a star is one
/// customer's.
bool is_public_suffix(std::string_view name) {
  return psl_is_public_suffix2(psl_builtin(), to_lower_ascii(name).c_str(), PSL_TYPE_ICANN) != 0;
}

/// "f*.example.com": one star at either end of the first label, which isn't an A-label.
bool partial_star_matches(std::string_view label, std::string_view asked) {
  const auto star = label.find('*');
  if (star == std::string_view::npos || label.find('*', star + 1) != std::string_view::npos) return false;
  if ((star != 0 && star + 1 != label.size()) || label.starts_with("xn--") || asked.starts_with("xn--"))
    return false;
  const auto before = label.substr(0, star);
  const auto after = label.substr(star + 1);
  return asked.size() >= before.size() + after.size() &&
         equal_ignoring_case(asked.substr(0, before.size()), before) &&
         equal_ignoring_case(asked.substr(asked.size() - after.size()), after);
}

/// Every label by itself, with stars anywhere: "foo.*.example.com", "f*o*.example.com".
bool labels_match(std::string_view presented, std::string_view asked) {
  if (labels(presented) != labels(asked)) return false;
  while (true) {
    const auto end = presented.find('.');
    const auto asked_end = asked.find('.');
    auto label = presented.substr(0, end);
    auto left = asked.substr(0, asked_end);
    if (label.find('*') != std::string_view::npos && label.starts_with("xn--")) return false;
    bool floats = false;  // after a star
    while (!label.empty()) {
      const auto star = label.find('*');
      const auto part = to_lower_ascii(label.substr(0, star));
      const auto found = to_lower_ascii(left).find(part);
      if (found == std::string::npos || (!floats && found != 0)) return false;
      if (star == std::string_view::npos && floats && !to_lower_ascii(left).ends_with(part)) return false;
      left = star == std::string_view::npos ? std::string_view{} : left.substr(found + part.size());
      label = star == std::string_view::npos ? std::string_view{} : label.substr(star + 1);
      floats = star != std::string_view::npos;
    }
    if (!left.empty() && !floats) return false;
    if (end == std::string_view::npos) return true;
    presented.remove_prefix(end + 1);
    asked.remove_prefix(asked_end + 1);
  }
}

bool star_matches(std::string_view presented, std::string_view asked, const NameRules& rules) {
  const auto dot = presented.find('.');
  const auto asked_dot = asked.find('.');
  if (dot == std::string_view::npos || asked_dot == std::string_view::npos || asked_dot == 0) return false;
  const auto below = presented.substr(dot + 1);
  if (below.empty() || labels(below) < rules.labels_below_star) return false;
  if (!rules.public_suffix_star && is_public_suffix(below)) return false;
  // A star at the very end has no dot behind it.
  if (rules.any_label_star && presented.find('.', presented.rfind('*')) != std::string_view::npos)
    return labels_match(presented, asked);
  if (!equal_ignoring_case(below, asked.substr(asked_dot + 1))) return false;
  if (rules.star_is_plain && asked.substr(0, asked_dot).find('_') != std::string_view::npos) return false;
  const auto label = presented.substr(0, dot);
  return label == "*" || (rules.partial_star && partial_star_matches(label, asked.substr(0, asked_dot)));
}

bool presentable(std::string_view name, const NameRules& rules) {
  const auto host = name.starts_with("*.") ? name.substr(2) : name;
  if (rules.strict_presented) return is_preferred_dns_name(host);
  return rules.underscores || host.find('_') == std::string_view::npos;
}

bool dns_matches(std::string_view presented, std::string_view asked, const NameRules& rules) {
  if (!presentable(presented, rules)) return false;
  if (presented.find('*') != std::string_view::npos && star_matches(presented, asked, rules)) return true;
  return !presented.empty() && equal_ignoring_case(presented, asked);
}

bool names_a_host(const GeneralName& name) {
  return name.form == NameForm::dns || name.form == NameForm::ip || name.form == NameForm::uri;
}

bool common_name_counts(const Certificate& leaf, NameForm form, const NameRules& rules) {
  using CommonName = NameRules::CommonName;
  if (rules.common_name == CommonName::never) return false;
  if (leaf.find(oid::subject_alt_name) == nullptr) return true;
  if (!leaf.subject_alt_name || rules.common_name == CommonName::without_san) return false;
  const auto& names = *leaf.subject_alt_name;
  if (rules.common_name == CommonName::without_any)
    return std::none_of(names.begin(), names.end(), names_a_host);
  return std::none_of(names.begin(), names.end(), [&](const auto& name) { return name.form == form; });
}

}  // namespace

Rule find_name(const Certificate& leaf, std::string_view name, const NameRules& rules) {
  const auto reference = reference_name(name);
  const bool address = reference.form == ReferenceName::Form::ip;
  if (reference.form == ReferenceName::Form::invalid && rules.strict_presented) return Rule::invalid_name;
  if (!address && !rules.asked_underscores && name.find('_') != std::string_view::npos)
    return Rule::invalid_name;
  const auto form = address ? NameForm::ip : NameForm::dns;
  // A name with U-labels is asked for as its A-labels by every client's user.
  std::string asked = reference.dns.empty() ? std::string(name) : reference.dns;
  if (name.ends_with('.') && !reference.dns.empty()) {
    if (rules.strict_presented) return Rule::invalid_name;
    if (!rules.trailing_dot) asked += '.';
  }

  bool any = false;
  if (leaf.subject_alt_name) {
    for (const auto& presented : *leaf.subject_alt_name) {
      any = any || presented.form == form || (address && rules.any_name_is_one);
      if (address && presented.form == NameForm::ip && der::same(presented.value, reference.ip))
        return Rule::none;
      if (presented.form == NameForm::dns && (!address || rules.address_as_text) &&
          dns_matches(as_text(presented.value), asked, rules))
        return Rule::none;
    }
  }
  if (common_name_counts(leaf, form, rules) && (!address || rules.address_as_text))
    for (const auto& presented : leaf.subject.values(oid::common_name))
      if (dns_matches(presented, asked, rules)) return Rule::none;
  if (address) return any ? Rule::address : Rule::no_addresses;
  return any ? Rule::name : Rule::no_names;
}

}  // namespace mailtap::certs::clients
