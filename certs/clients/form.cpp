#include "certs/clients/form.h"

#include <algorithm>
#include <array>

#include "certs/asn1/oids.h"
#include "certs/model/locations.h"
#include "certs/model/names.h"

namespace mailtap::certs::clients {

namespace {

bool unreadable(const Certificate& c, std::string_view oid) {
  return std::any_of(c.unreadable.begin(), c.unreadable.end(),
                     [&](Bytes other) { return oid::is(other, oid); });
}

bool empty_sequence(const Extension* extension) {
  return extension != nullptr && extension->value.size() == 2 && extension->value[0] == der::tag_sequence &&
         extension->value[1] == 0;
}

/// NameConstraints with nothing in it, or with subtrees without any: which RFC 5280 forbids.
std::uint64_t bare_constraints(const Certificate& c) {
  const auto* extension = c.find(oid::name_constraints);
  if (extension == nullptr) return 0;
  const auto sequence = der::only(extension->value, der::tag_sequence);
  if (!sequence) return 0;
  if (sequence->value.empty()) return form_constraints_empty;
  der::Reader reader(sequence->value);
  std::uint64_t form = 0;
  while (!reader.done()) {
    const auto subtrees = reader.next();
    if (!subtrees) return form;
    if (subtrees->value.empty()) form |= form_constraints_bare;
    der::Reader list(subtrees->value);
    while (const auto subtree = list.next(der::tag_sequence)) {
      der::Reader parts(subtree->value);
      if (parts.next() && !parts.done()) form |= form_constraints_minimum;
    }
  }
  return form;
}

std::uint64_t form_of_names(const Certificate& c) {
  std::uint64_t form = 0;
  if (c.issuer.empty()) form |= form_empty_issuer;
  const auto* extension = c.find(oid::subject_alt_name);
  if (empty_sequence(extension)) form |= form_alt_names_empty;
  if (extension == nullptr || !c.subject_alt_name) return form;
  for (const auto& name : *c.subject_alt_name) {
    if (name.form == NameForm::ip && name.value.size() != 4 && name.value.size() != 16)
      form |= form_address_length;
    if (name.form == NameForm::ip && name.value.size() != 4 && name.value.size() != 8 &&
        name.value.size() != 16 && name.value.size() != 32)
      form |= form_address_odd;
    if (name.form == NameForm::uri && as_text(name.value).find(':') == std::string_view::npos)
      form |= form_uri;
  }
  return form;
}

/// mbedTLS fails to parse what is critical and that it has no parser for.
bool mbedtls_knows_critical(const Certificate& c) {
  static const std::vector<std::string_view> known{
      oid::basic_constraints, oid::key_usage,        oid::extended_key_usage,  oid::subject_key_id,
      oid::authority_key_id,  oid::subject_alt_name, oid::certificate_policies};
  return unknown_critical(c, known).empty();
}

std::uint64_t form_of_key(const KeyInfo& key) {
  std::uint64_t form = 0;
  if (key.type == KeyType::unknown) form |= form_key;
  if (key.type == KeyType::rsa && key.bits < 1024) form |= form_weak_key;
  if (!key.named) form |= form_explicit_curve;
  if (key.type == KeyType::ec && key.text != "EC P-256" && key.text != "EC P-384" && key.text != "EC P-521" &&
      key.text != "EC P-224")
    form |= form_unknown_curve;
  return form;
}

}  // namespace

std::uint64_t form_of(const Certificate& c) {
  std::uint64_t form = bare_constraints(c) | form_of_names(c) | form_of_key(c.key);
  const auto set = [&](bool wrong, std::uint64_t bit) {
    if (wrong) form |= bit;
  };
  constexpr std::array checked_by{
      oid::basic_constraints, oid::key_usage,      oid::extended_key_usage, oid::subject_alt_name,
      oid::name_constraints,  oid::subject_key_id, oid::authority_key_id,   oid::crl_distribution_points};
  constexpr std::array policy_extensions{oid::certificate_policies, oid::policy_mappings,
                                         oid::policy_constraints, oid::inhibit_any_policy};
  set(!c.repeated.empty(), form_repeated);
  for (const auto oid : checked_by) {
    set(std::any_of(c.repeated.begin(), c.repeated.end(), [&](Bytes other) { return oid::is(other, oid); }),
        form_repeated_known);
    const bool empty =
        empty_sequence(c.find(oid)) || (oid == oid::name_constraints && form != 0 &&
                                        (form & (form_constraints_bare | form_constraints_minimum)) != 0);
    set(unreadable(c, oid) && !empty && oid != oid::authority_key_id, form_extension);
  }
  const auto* policies = c.find(oid::certificate_policies);
  set(empty_sequence(policies), form_policies_empty);
  for (const auto oid : policy_extensions)
    set(unreadable(c, oid) && !(oid == oid::certificate_policies && empty_sequence(policies)), form_policies);
  set(policies != nullptr && policies->critical && c.policies &&
          std::any_of(c.policies->begin(), c.policies->end(),
                      [](Bytes policy) { return !oid::is(policy, oid::any_policy); }),
      form_policies_critical);
  const auto* basic = c.find(oid::basic_constraints);
  const bool ca_written = basic != nullptr && basic->value.size() > 2 && basic->value[2] == der::tag_boolean;
  set(c.basic_constraints && c.basic_constraints->path_length && !ca_written, form_length_without_ca);
  set(c.basic_constraints && !c.basic_constraints->ca && ca_written, form_default_written);
  set(unreadable(c, oid::authority_key_id), form_authority_key_id);
  set(empty_sequence(c.find(oid::extended_key_usage)), form_purpose_empty);
  set(unreadable(c, oid::subject_alt_name) && !empty_sequence(c.find(oid::subject_alt_name)),
      form_names_unreadable);
  set(c.algorithms_differ, form_algorithms);
  set(!c.serial.empty() && c.serial[0] >= 0x80, form_negative_serial);
  set(c.serial.size() == 1 && c.serial[0] == 0, form_serial_zero);
  const auto* access = c.find(oid::authority_info_access);
  set(empty_sequence(access), form_access_empty);
  set(access != nullptr && !empty_sequence(access) && !is_well_formed_access(access->value), form_access);
  set(access != nullptr && access->critical, form_access_critical);
  set(c.critical(oid::authority_key_id) || c.critical(oid::subject_key_id), form_key_id_critical);
  set(c.key_usage && *c.key_usage == 0, form_key_usage_zero);
  set(c.version != 3 && !c.extensions.empty(), form_extensions_v1);
  set(c.version != 3, form_not_version_3);
  // mbedTLS: an empty one, and one with issuer or serial number alone.
  set(c.authority_key_id && (c.authority_key_id->names_issuer != c.authority_key_id->names_serial ||
                             (!c.authority_key_id->key_id && !c.authority_key_id->names_issuer)),
      form_authority_names);
  if (!mbedtls_knows_critical(c)) form |= form_unknown_critical;
  if (c.name_constraints && senseless_constraint(*c.name_constraints)) form |= form_constraint_value;
  return form;
}

std::string unknown_critical(const Certificate& certificate, const std::vector<std::string_view>& known) {
  for (const auto& extension : certificate.extensions) {
    if (!extension.critical) continue;
    if (std::none_of(known.begin(), known.end(), [&](auto oid) { return oid::is(extension.oid, oid); }))
      return der::oid_text(extension.oid);
  }
  return {};
}

}  // namespace mailtap::certs::clients
