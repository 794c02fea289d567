#include "certs/verify/name_constraints.h"

#include <algorithm>
#include <vector>

#include "certs/asn1/oids.h"
#include "certs/model/names.h"
#include "config/base/text.h"

namespace mailtap::certs {

namespace {

/// One name of the certificate under test. Views into its DER, or into `Subject::emails`.
struct Candidate {
  NameForm form;
  std::string_view text;
  Bytes bytes;
  const DistinguishedName* directory = nullptr;
};

bool ends_with_ignoring_case(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && equal_ignoring_case(text.substr(text.size() - end.size()), end);
}

/// `host` is `base` or below it; ".base", which RFC 5280 knows for URIs and mail only but Windows CAs
/// write for DNS too, means strictly below.
bool dns_within(std::string_view host, std::string_view base) {
  if (base.empty()) return true;
  if (base.front() == '.') return host.size() > base.size() && ends_with_ignoring_case(host, base);
  if (host.size() == base.size()) return equal_ignoring_case(host, base);
  return host.size() > base.size() && host[host.size() - base.size() - 1] == '.' &&
         ends_with_ignoring_case(host, base);
}

std::string_view without_wildcard(std::string_view name) {
  return name.starts_with("*.") ? name.substr(2) : name;
}

/// Excluded also when a wildcard covers an excluded host: *.example.com answers for bad.example.com.
bool dns_excluded(std::string_view name, std::string_view base) {
  if (dns_within(name, base)) return true;
  if (!name.starts_with("*.")) return false;
  const auto stripped = base.starts_with(".") ? base.substr(1) : base;
  const auto dot = stripped.find('.');
  return dot != std::string_view::npos && equal_ignoring_case(stripped.substr(dot + 1), name.substr(2));
}

/// For mail and URIs: "host" is that host alone, ".domain" the hosts below it.
bool host_within(std::string_view host, std::string_view base) {
  if (base.empty()) return true;
  if (base.front() == '.') return host.size() > base.size() && ends_with_ignoring_case(host, base);
  return equal_ignoring_case(host, base);
}

bool email_within(std::string_view address, std::string_view base) {
  const auto at = address.rfind('@');
  const auto base_at = base.rfind('@');
  if (base_at == std::string_view::npos) return host_within(address.substr(at + 1), base);
  return address.substr(0, at) == base.substr(0, base_at) &&
         equal_ignoring_case(address.substr(at + 1), base.substr(base_at + 1));
}

/// The host of a URI; empty when it has none, or an address.
std::string_view uri_host(std::string_view uri) {
  const auto scheme = uri.find("://");
  if (scheme == std::string_view::npos) return {};
  auto authority = uri.substr(scheme + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
  if (authority.starts_with("[")) return {};
  authority = authority.substr(0, authority.rfind(':'));
  return is_ip_address(authority) ? std::string_view{} : authority;
}

bool ip_within(Bytes address, Bytes base) {
  if (base.size() != address.size() * 2) return false;
  for (std::size_t i = 0; i < address.size(); ++i)
    if ((address[i] & base[address.size() + i]) != (base[i] & base[address.size() + i])) return false;
  return true;
}

bool is_email(std::string_view address) {
  const auto at = address.find('@');
  return at != std::string_view::npos && at > 0 && address.find('@', at + 1) == std::string_view::npos &&
         is_dns_name(address.substr(at + 1));
}

/// A name that isn't one can't be said to stand inside or outside of anything.
bool is_well_formed(const Candidate& name) {
  switch (name.form) {
    case NameForm::dns: return is_dns_name(without_wildcard(name.text));
    case NameForm::email: return is_email(name.text);
    case NameForm::uri: return !uri_host(name.text).empty();
    case NameForm::ip: return name.bytes.size() == 4 || name.bytes.size() == 16;
    case NameForm::directory: return true;
    default: return false;  // otherName, X.400, EDI, registeredID: not compared
  }
}

bool within(const Candidate& name, const GeneralName& base, bool excluding, const ConstraintRules& rules) {
  switch (name.form) {
    case NameForm::dns: {
      auto text = as_text(base.value);
      if (!rules.dot_is_below && text.starts_with(".")) text.remove_prefix(1);
      // A wildcard's hosts stand below its base, and so does its text.
      return excluding && rules.wildcards_overlap ? dns_excluded(name.text, text)
                                                  : dns_within(name.text, text);
    }
    case NameForm::email: return email_within(name.text, as_text(base.value));
    case NameForm::uri: return host_within(uri_host(name.text), as_text(base.value));
    case NameForm::ip: return ip_within(name.bytes, base.value);
    case NameForm::directory: return name.directory->within(base.directory);
    default: return false;
  }
}

std::string printable(const Candidate& name) {
  if (name.form == NameForm::directory) return name.directory->text();
  if (name.form == NameForm::ip) return ip_text(name.bytes);
  if (name.text.empty()) return "a name of form " + std::to_string(static_cast<int>(name.form));
  return std::string(name.text);
}

bool looks_like_host(std::string_view name) {
  return name.find('.') != std::string_view::npos && is_dns_name(name);
}

/// Names that the subject has, which views in `names_bound` point to.
struct SubjectNames {
  std::vector<std::string> emails;
  std::vector<std::string> common_names;
};

/// Every name that constraints bind: the SAN's, the subject, and the subject's mail addresses when the SAN
/// has none (RFC 5280 section 4.2.1.10).
std::vector<Candidate> names_bound(const Certificate& certificate, const SubjectNames& subject,
                                   const ConstraintRules& rules) {
  std::vector<Candidate> names;
  bool san_has_email = false;
  bool san_has_dns = false;
  if (certificate.subject_alt_name) {
    for (const auto& name : *certificate.subject_alt_name) {
      const bool is_text =
          name.form == NameForm::dns || name.form == NameForm::email || name.form == NameForm::uri;
      names.push_back(
          {name.form, is_text ? as_text(name.value) : std::string_view{}, name.value, &name.directory});
      san_has_email = san_has_email || name.form == NameForm::email;
      san_has_dns = san_has_dns || name.form == NameForm::dns;
    }
  }
  if (!certificate.subject.empty()) names.push_back({NameForm::directory, {}, {}, &certificate.subject});
  using Emails = ConstraintRules::Emails;
  if (rules.subject_emails == Emails::always ||
      (rules.subject_emails == Emails::unless_in_san && !san_has_email))
    for (const auto& email : subject.emails) names.push_back({NameForm::email, email, {}, nullptr});
  if (rules.common_name && !san_has_dns)
    for (const auto& name : subject.common_names)
      if (looks_like_host(name) && (rules.common_name_address || !is_ip_address(name)))
        names.push_back({NameForm::dns, name, {}, nullptr});
  return names;
}

ConstraintRules::Support support_of(NameForm form, const ConstraintRules& rules) {
  switch (form) {
    case NameForm::dns:
    case NameForm::ip:
    case NameForm::email: return ConstraintRules::Support::compared;
    case NameForm::directory: return rules.directory;
    case NameForm::uri: return rules.uri;
    default: return rules.others;
  }
}

bool must_be_well_formed(const Candidate& name, const ConstraintRules& rules) {
  using Form = ConstraintRules::Form;
  return rules.well_formed == Form::all ||
         (rules.well_formed == Form::addresses && name.form != NameForm::dns);
}

std::string text_of(const GeneralName& base) {
  if (base.form == NameForm::directory) return base.directory.text();
  return base.form == NameForm::ip ? to_hex(base.value) : std::string(as_text(base.value));
}

using Kind = ConstraintViolation::Kind;

std::optional<ConstraintViolation> check(const NameConstraints& constraints, const Candidate& name,
                                         std::size_t& comparisons, const ConstraintRules& rules) {
  const auto applies = [&](const GeneralName& base) {
    const bool other_family = name.form == NameForm::ip && base.value.size() != name.bytes.size() * 2;
    return base.form == name.form && !(rules.families_apart && other_family);
  };
  const auto violation = [&](Kind kind, std::string base = {}) {
    return ConstraintViolation{kind, name.form, printable(name), std::move(base)};
  };
  using Support = ConstraintRules::Support;
  const auto support = support_of(name.form, rules);
  if (support != Support::compared && support != Support::refused_if_named) return std::nullopt;
  if (rules.all_count) comparisons += constraints.permitted.size() + constraints.excluded.size();
  if (comparisons > rules.comparisons) return violation(Kind::too_many);
  const bool permits = std::any_of(constraints.permitted.begin(), constraints.permitted.end(), applies);
  const bool excludes = std::any_of(constraints.excluded.begin(), constraints.excluded.end(), applies);
  if (!permits && !excludes) return std::nullopt;
  if (!rules.all_count) comparisons += constraints.permitted.size() + constraints.excluded.size();
  if (comparisons > rules.comparisons) return violation(Kind::too_many);
  if (support == Support::refused_if_named) return violation(Kind::unsupported);
  if (rules.strict_dns && name.form == NameForm::dns)
    for (const auto* subtrees : {&constraints.permitted, &constraints.excluded})
      for (const auto& base : *subtrees)
        if (applies(base) && !is_preferred_dns_name(as_text(base.value)))
          return violation(Kind::malformed, text_of(base));
  if (must_be_well_formed(name, rules) && !is_well_formed(name)) return violation(Kind::malformed);
  for (const auto& base : constraints.excluded)
    if (applies(base) && within(name, base, true, rules)) return violation(Kind::excluded, text_of(base));
  const bool permitted = !permits || std::any_of(constraints.permitted.begin(), constraints.permitted.end(),
                                                 [&](const GeneralName& b) {
                                                   return applies(b) && within(name, b, false, rules);
                                                 });
  if (!permitted) return violation(Kind::permitted);
  return std::nullopt;
}

bool is_mask(Bytes mask) {
  bool ended = false;
  for (const auto byte : mask)
    for (unsigned bit = 0x80; bit != 0; bit >>= 1) {
      if ((byte & bit) == 0) {
        ended = true;
      } else if (ended) {
        return false;
      }
    }
  return true;
}

bool makes_sense(const GeneralName& base) {
  const auto text = as_text(base.value);
  const auto host = text.starts_with(".") ? text.substr(1) : text;
  switch (base.form) {
    case NameForm::dns: return text.empty() || is_dns_name(host);
    case NameForm::uri: return is_dns_name(host);
    case NameForm::email:
      return text.empty() || (text.find('@') == std::string_view::npos ? is_dns_name(host) : is_email(text));
    case NameForm::ip:
      return (base.value.size() == 8 || base.value.size() == 32) &&
             is_mask(base.value.subspan(base.value.size() / 2));
    default: return true;
  }
}

/// Subtrees of forms that refuse whatever the names are.
std::optional<ConstraintViolation> refused_outright(const NameConstraints& constraints, bool critical,
                                                    const ConstraintRules& rules) {
  using Support = ConstraintRules::Support;
  for (const auto* subtrees : {&constraints.permitted, &constraints.excluded}) {
    for (const auto& base : *subtrees) {
      const auto support = support_of(base.form, rules);
      if (support == Support::refused || (support == Support::refused_if_critical && critical) ||
          (support == Support::refused_if_excluded && subtrees == &constraints.excluded))
        return ConstraintViolation{Kind::unsupported, base.form, text_of(base), {}};
      if (rules.masks_are_checked && base.form == NameForm::ip && !makes_sense(base))
        return ConstraintViolation{Kind::malformed, base.form, text_of(base), {}};
    }
  }
  return std::nullopt;
}

}  // namespace

std::string ConstraintViolation::text() const {
  switch (kind) {
    case Kind::too_many: return "more names and constraints than can be compared";
    case Kind::excluded: return name + " is excluded";
    case Kind::permitted: return name + " isn't among the permitted names";
    case Kind::unsupported:
    case Kind::malformed: break;
  }
  return name + " can't be held against the name constraints";
}

std::optional<ConstraintViolation> constraint_violation(const NameConstraints& constraints, bool critical,
                                                        const Certificate& below, std::size_t& comparisons,
                                                        const ConstraintRules& rules) {
  if (auto refused = refused_outright(constraints, critical, rules)) return refused;
  SubjectNames subject{below.subject.values(oid::email_address), {}};
  if (rules.common_name) subject.common_names = below.subject.values(oid::common_name);
  for (const auto& name : names_bound(below, subject, rules))
    if (auto violation = check(constraints, name, comparisons, rules)) return violation;
  return std::nullopt;
}

std::optional<std::string> violated_constraint(const NameConstraints& constraints, const Certificate& below,
                                               std::size_t& comparisons) {
  const auto violation = constraint_violation(constraints, false, below, comparisons, {});
  return violation ? std::optional(violation->text()) : std::nullopt;
}

std::optional<std::string> senseless_constraint(const NameConstraints& constraints) {
  for (const auto* subtrees : {&constraints.permitted, &constraints.excluded})
    for (const auto& base : *subtrees)
      if (!makes_sense(base))
        return "a name constraint that isn't one: " +
               (base.form == NameForm::ip ? to_hex(base.value) : std::string(as_text(base.value)));
  return std::nullopt;
}

}  // namespace mailtap::certs
