#include "certs/model/extensions.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "certs/asn1/oids.h"

namespace mailtap::certs {

namespace {

bool read_basic_constraints(Certificate& c, Bytes value) {
  const auto sequence = der::only(value, der::tag_sequence);
  if (!sequence) return false;
  BasicConstraints constraints;
  der::Reader reader(sequence->value);
  if (const auto ca = reader.next(der::tag_boolean)) {
    const auto flag = der::read_boolean(ca->value);
    if (!flag) return false;
    constraints.ca = *flag;
  }
  if (const auto length = reader.next(der::tag_integer)) {
    const auto number = der::read_small_integer(length->value);
    if (!number) return false;
    constraints.path_length = *number;
  }
  c.basic_constraints = constraints;
  return reader.done();
}

bool read_key_usage(Certificate& c, Bytes value) {
  const auto bits = der::only(value, der::tag_bit_string);
  c.key_usage = bits ? der::read_named_bits(bits->value) : std::nullopt;
  return c.key_usage.has_value();
}

/// A SEQUENCE OF OBJECT IDENTIFIER with at least one.
bool read_extended_key_usage(Certificate& c, Bytes value) {
  std::vector<Bytes> purposes;
  const auto sequence = der::only(value, der::tag_sequence);
  der::Reader reader(sequence ? sequence->value : Bytes{});
  while (!reader.done()) {
    const auto purpose = reader.next(der::tag_oid);
    if (!purpose) break;
    purposes.push_back(purpose->value);
  }
  const bool good = !purposes.empty() && reader.done();
  // What can't be read allows nothing.
  c.extended_key_usage = good ? std::move(purposes) : std::vector<Bytes>{};
  return good;
}

bool read_subject_alt_name(Certificate& c, Bytes value) {
  auto names = parse_general_names(value);
  const bool good = names && !names->empty();
  c.subject_alt_name = good ? std::move(*names) : std::vector<GeneralName>{};
  for (const auto& name : *c.subject_alt_name) {
    if (name.form == NameForm::ip && name.value.size() != 4 && name.value.size() != 16)
      c.flaws.push_back("an IP address of " + std::to_string(name.value.size()) +
                        " bytes in its subjectAltName");
  }
  return good;
}

bool read_subtrees(std::vector<GeneralName>& subtrees, Bytes value) {
  der::Reader reader(value);
  if (reader.done()) return false;
  while (!reader.done()) {
    const auto subtree = reader.next(der::tag_sequence);
    if (!subtree) return false;
    der::Reader parts(subtree->value);
    const auto base = parts.next();
    auto name = base ? parse_general_name(*base) : std::nullopt;
    // minimum is always 0 (which DER leaves out) and maximum absent: RFC 5280 section 4.2.1.10.
    if (!name || !parts.done()) return false;
    subtrees.push_back(std::move(*name));
  }
  return true;
}

bool read_name_constraints(Certificate& c, Bytes value) {
  c.name_constraints.emplace();
  const auto sequence = der::only(value, der::tag_sequence);
  if (!sequence || sequence->value.empty()) return false;
  der::Reader reader(sequence->value);
  if (const auto permitted = reader.next(der::context_constructed(0)))
    if (!read_subtrees(c.name_constraints->permitted, permitted->value)) return false;
  if (const auto excluded = reader.next(der::context_constructed(1)))
    if (!read_subtrees(c.name_constraints->excluded, excluded->value)) return false;
  return reader.done();
}

bool read_subject_key_id(Certificate& c, Bytes value) {
  const auto id = der::only(value, der::tag_octet_string);
  if (!id) return false;
  c.subject_key_id = id->value;
  return true;
}

bool read_authority_key_id(Certificate& c, Bytes value) {
  c.authority_key_id = parse_authority_key_id(value);
  return c.authority_key_id.has_value();
}

bool read_policies(Certificate& c, Bytes value) {
  std::vector<Bytes> policies;
  std::set<std::string_view> seen;
  const auto sequence = der::only(value, der::tag_sequence);
  der::Reader reader(sequence ? sequence->value : Bytes{});
  bool good = sequence && !reader.done();
  while (good && !reader.done()) {
    const auto item = reader.next(der::tag_sequence);
    der::Reader parts(item ? item->value : Bytes{});
    const auto policy = parts.next(der::tag_oid);
    good = policy && seen.insert(as_text(policy->value)).second;
    if (good) policies.push_back(policy->value);
  }
  c.policies = std::move(policies);
  return good;
}

bool read_policy_mappings(Certificate& c, Bytes value) {
  const auto sequence = der::only(value, der::tag_sequence);
  if (!sequence || sequence->value.empty()) return false;
  der::Reader reader(sequence->value);
  while (!reader.done()) {
    const auto pair = reader.next(der::tag_sequence);
    if (!pair) return false;
    der::Reader parts(pair->value);
    const auto issuer = parts.next(der::tag_oid);
    const auto subject = parts.next(der::tag_oid);
    if (!issuer || !subject || !parts.done()) return false;
    if (oid::is(issuer->value, oid::any_policy) || oid::is(subject->value, oid::any_policy)) return false;
    c.policy_mappings.push_back({issuer->value, subject->value});
  }
  return true;
}

bool read_policy_constraints(Certificate& c, Bytes value) {
  const auto sequence = der::only(value, der::tag_sequence);
  if (!sequence || sequence->value.empty()) return false;
  PolicyConstraints constraints;
  der::Reader reader(sequence->value);
  if (const auto require = reader.next(der::context(0))) {
    constraints.require_explicit = der::read_small_integer(require->value);
    if (!constraints.require_explicit) return false;
  }
  if (const auto inhibit = reader.next(der::context(1))) {
    constraints.inhibit_mapping = der::read_small_integer(inhibit->value);
    if (!constraints.inhibit_mapping) return false;
  }
  c.policy_constraints = constraints;
  return reader.done();
}

bool read_inhibit_any_policy(Certificate& c, Bytes value) {
  const auto number = der::only(value, der::tag_integer);
  c.inhibit_any_policy = number ? der::read_small_integer(number->value) : std::nullopt;
  return c.inhibit_any_policy.has_value();
}

/// Where the certificate may be looked up doesn't bear on its validity.
bool understood(Certificate&, Bytes) {
  return true;
}

struct Known {
  std::string_view oid;
  std::string_view name;
  bool (*read)(Certificate&, Bytes);
};

constexpr std::array<Known, 15> known_extensions{{
    {oid::basic_constraints, "basicConstraints", read_basic_constraints},
    {oid::key_usage, "keyUsage", read_key_usage},
    {oid::extended_key_usage, "extKeyUsage", read_extended_key_usage},
    {oid::subject_alt_name, "subjectAltName", read_subject_alt_name},
    {oid::name_constraints, "nameConstraints", read_name_constraints},
    {oid::subject_key_id, "subjectKeyIdentifier", read_subject_key_id},
    {oid::authority_key_id, "authorityKeyIdentifier", read_authority_key_id},
    {oid::certificate_policies, "certificatePolicies", read_policies},
    {oid::policy_mappings, "policyMappings", read_policy_mappings},
    {oid::policy_constraints, "policyConstraints", read_policy_constraints},
    {oid::inhibit_any_policy, "inhibitAnyPolicy", read_inhibit_any_policy},
    {oid::issuer_alt_name, "issuerAltName", understood},
    {oid::crl_distribution_points, "cRLDistributionPoints", understood},
    {oid::authority_info_access, "authorityInfoAccess", understood},
    // Microsoft's counterpart of extKeyUsage, which AD CS writes beside it with the same purposes.
    {oid::ms_application_policies, "applicationPolicies", understood},
}};

}  // namespace

void read_extensions(Certificate& c) {
  std::set<std::string_view> seen;
  for (const auto& extension : c.extensions) {
    if (!seen.insert(as_text(extension.oid)).second) {
      c.flaws.push_back("two extensions " + der::oid_text(extension.oid));
      c.repeated.push_back(extension.oid);
      // Which of them holds, nobody knows.
      if (oid::is(extension.oid, oid::subject_alt_name)) c.subject_alt_name.emplace();
      continue;
    }
    const auto known = std::find_if(known_extensions.begin(), known_extensions.end(),
                                    [&](const Known& k) { return oid::is(extension.oid, k.oid); });
    if (known == known_extensions.end()) {
      if (extension.critical) c.unknown_critical.push_back(der::oid_text(extension.oid));
    } else if (!known->read(c, extension.value)) {
      c.flaws.push_back("its " + std::string(known->name) + " can't be read");
      c.unreadable.push_back(extension.oid);
    }
  }
}

std::optional<GeneralName> parse_general_name(const der::Element& element) {
  const unsigned number = element.tag & 0x1f;
  if ((element.tag & 0xc0) != 0x80 || number > 8) return std::nullopt;
  GeneralName name{static_cast<NameForm>(number), element.value, {}};
  // otherName, x400Address, directoryName and ediPartyName are constructed, the rest are strings.
  const bool constructed = (element.tag & 0x20) != 0;
  if (constructed != (number == 0 || number == 3 || number == 4 || number == 5)) return std::nullopt;
  if (name.form == NameForm::directory) {
    const auto sequence = der::only(element.value, der::tag_sequence);
    auto directory = sequence ? parse_name(sequence->value) : std::nullopt;
    if (!directory) return std::nullopt;
    name.directory = std::move(*directory);
  }
  if (name.form == NameForm::email || name.form == NameForm::dns || name.form == NameForm::uri)
    for (const auto byte : element.value)
      if (byte >= 0x80) return std::nullopt;  // not an IA5String
  return name;
}

std::optional<std::vector<GeneralName>> parse_general_names(Bytes value) {
  const auto sequence = der::only(value, der::tag_sequence);
  if (!sequence) return std::nullopt;
  std::vector<GeneralName> names;
  der::Reader reader(sequence->value);
  while (!reader.done()) {
    const auto element = reader.next();
    auto name = element ? parse_general_name(*element) : std::nullopt;
    if (!name) return std::nullopt;
    names.push_back(std::move(*name));
  }
  return names;
}

std::optional<AuthorityKeyId> parse_authority_key_id(Bytes value) {
  const auto sequence = der::only(value, der::tag_sequence);
  if (!sequence) return std::nullopt;
  AuthorityKeyId id;
  der::Reader reader(sequence->value);
  if (const auto key = reader.next(der::context(0))) id.key_id = key->value;
  const auto issuer = reader.next(der::context_constructed(1));
  id.names_issuer = issuer.has_value();
  der::Reader names(issuer ? issuer->value : Bytes{});
  while (!id.issuer && !names.done()) {
    const auto element = names.next();
    if (!element) break;
    auto name = parse_general_name(*element);
    if (name && name->form == NameForm::directory) id.issuer = std::move(name->directory);
  }
  const auto serial = reader.next(der::context(2));
  id.names_serial = serial.has_value();
  if (serial) id.serial = serial->value;
  if (!reader.done()) return std::nullopt;
  return id;
}

}  // namespace mailtap::certs
