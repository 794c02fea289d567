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

bool is_public_suffix(std::string_view name) {
  return psl_is_public_suffix(psl_builtin(), to_lower_ascii(name).c_str()) != 0;
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

bool star_matches(std::string_view presented, std::string_view asked, const NameRules& rules) {
  const auto dot = presented.find('.');
  const auto asked_dot = asked.find('.');
  if (dot == std::string_view::npos || asked_dot == std::string_view::npos || asked_dot == 0) return false;
  const auto below = presented.substr(dot + 1);
  if (below.empty() || labels(below) < rules.labels_below_star) return false;
  if (!rules.public_suffix_star && is_public_suffix(below)) return false;
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
      any = any || presented.form == form;
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
