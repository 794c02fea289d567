#include "certs/verify/profile.h"

#include <algorithm>

#include <arpa/inet.h>
#include <libpsl.h>

#include "certs/asn1/oids.h"
#include "certs/model/locations.h"
#include "certs/model/names.h"
#include "certs/model/signature.h"
#include "certs/verify/dates.h"
#include "certs/verify/name_constraints.h"
#include "certs/verify/thresholds.h"

namespace mailtap::certs {

namespace {

/// `*.co.uk` would speak for everybody's hosts below a registry. Of the list's private section
/// (`*.s3.amazonaws.com`, `*.azurewebsites.net`) one owner has them all: baseline requirements
/// section 3.2.2.6.
bool covers_public_suffix(std::string_view name) {
  if (name == "*") return true;
  if (!name.starts_with("*.")) return false;
  return psl_is_public_suffix2(psl_builtin(), to_lower_ascii(name.substr(2)).c_str(), PSL_TYPE_ICANN) != 0;
}

/// A common name that repeats an alternative name in another spelling: letter case, U-labels, an address
/// that isn't in its canonical text.
bool spells_differently(const std::string& cn, const GeneralName& name) {
  const auto reference = reference_name(cn);
  if (name.form == NameForm::dns)
    return reference.form == ReferenceName::Form::dns &&
           equal_ignoring_case(as_text(name.value), reference.dns);
  if (name.form != NameForm::ip) return false;
  if (reference.form == ReferenceName::Form::ip) return der::same(reference.ip, name.value);
  in_addr address{};  // inet_aton reads hexadecimal and octal, as old software does
  return inet_aton(cn.c_str(), &address) != 0 &&
         der::same({reinterpret_cast<const std::uint8_t*>(&address), sizeof address}, name.value);
}

/// The domain that somebody registered below a public suffix, lower case; empty for names outside the
/// public tree ("mail.corp.local").
std::string registered_domain(std::string_view name) {
  auto dns = reference_name(name.starts_with("*.") ? name.substr(2) : name).dns;
  const auto dot = dns.rfind('.');
  if (dot == std::string::npos) return {};
  const auto* top = dns.c_str() + dot + 1;
  if (psl_is_public_suffix2(psl_builtin(), top, PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE) == 0) return {};
  const auto* domain = psl_registrable_domain(psl_builtin(), dns.c_str());
  return domain == nullptr ? std::string{} : domain;
}

/// Why a common name that isn't among the alternative names misleads who reads it; empty: it is merely
/// superfluous. The baseline requirements forbid both; certificates of private CAs are full of the latter.
std::string misleads(const std::string& cn, const std::vector<GeneralName>& names) {
  if (std::any_of(names.begin(), names.end(), [&](const auto& name) { return spells_differently(cn, name); }))
    return "its common name spells a name otherwise than its subjectAltName";
  const auto domain = registered_domain(cn);
  bool elsewhere = false;
  for (const auto& name : names) {
    if (spells_differently(cn, name))
      return "its common name spells a name otherwise than its subjectAltName";
    if (name.form != NameForm::dns) continue;
    const auto other = registered_domain(as_text(name.value));
    if (other == domain) return {};
    elsewhere = elsewhere || !other.empty();
  }
  return elsewhere && !domain.empty() ? "its common name is of a domain that its subjectAltName hasn't" : "";
}

class ProfileCheck {
 public:
  ProfileCheck(const Path& path, const Positions& positions) : path_(path), positions_(positions) {}

  std::vector<ProfileFinding> run() {
    for (std::size_t i = 0; i < path_.certificates.size(); ++i) {
      at_ = path_.certificates[i].get();
      check_any(*at_);
      // An anchor that another CA issued is as trusted as a root, and written as what it is: an intermediate.
      const bool top = i + 1 == path_.certificates.size() && path_.end != PathEnd::no_issuer &&
                       (i == 0 || at_->self_issued());
      if (i == 0) check_leaf(*at_);
      if (i > 0) check_ca(*at_);
      if (top && i > 0) check_root(*at_);
      if (!top) check_issued(*at_);
    }
    return std::move(findings_);
  }

 private:
  void say(bool wrong, Fault fault, std::string detail, bool lint_only = false) {
    if (wrong) findings_.push_back({{fault, positions_.of(*at_), std::move(detail)}, lint_only});
  }

  bool is_root(const Certificate& c) const {
    return path_.certificates.size() > 1 && &c == path_.certificates.back().get() &&
           path_.end != PathEnd::no_issuer && c.self_issued();
  }

  void check_any(const Certificate& c) {
    say(c.version != 3, Fault::malformed, "version " + std::to_string(c.version) + ", not 3");
    check_serial(c);
    check_algorithms(c);
    say(c.time_form_off_profile, Fault::malformed, "a date in the wrong one of the two forms");
    say(c.issuer.empty(), Fault::malformed, "an empty issuer");
    say(c.has_unique_id, Fault::malformed, "a unique identifier of issuer or subject");
    for (const auto extension : {oid::authority_key_id, oid::subject_key_id, oid::authority_info_access})
      say(c.critical(extension), Fault::constraint_violation,
          "its extension " + der::oid_text(as_bytes(extension)) + " must not be critical");
    for (const auto extension : {oid::policy_constraints, oid::inhibit_any_policy})
      say(c.find(extension) != nullptr && !c.critical(extension), Fault::constraint_violation,
          "its extension " + der::oid_text(as_bytes(extension)) + " must be critical");
    const auto* access = c.find(oid::authority_info_access);
    say(access != nullptr && !is_well_formed_access(access->value), Fault::malformed,
        "its authorityInfoAccess can't be read");
    say(c.basic_constraints && c.basic_constraints->path_length &&
            (!c.basic_constraints->ca || !c.key_usage || (*c.key_usage & key_cert_sign) == 0),
        Fault::constraint_violation, "a path length without the right to sign certificates");
    say(c.key_usage && *c.key_usage == 0, Fault::malformed, "a keyUsage without any use");
  }

  void check_serial(const Certificate& c) {
    say(c.serial[0] >= 0x80, Fault::malformed, "a negative serial number");
    // Nothing refers to a root's serial number, and some of the oldest that are still trusted have 0.
    say(c.serial.size() == 1 && c.serial[0] == 0 && !is_root(c), Fault::malformed, "serial number 0");
    say(c.serial.size() > 20, Fault::malformed, "a serial number of more than 20 bytes");
  }

  /// Baseline requirements sections 6.1.5 and 7.1.3.
  void check_algorithms(const Certificate& c) {
    const auto& key = c.key;
    const bool allowed = (key.type == KeyType::rsa && key.bits >= min_rsa_bits && key.bits % 8 == 0) ||
                         (key.type == KeyType::ec && key.named &&
                          (key.text == "EC P-256" || key.text == "EC P-384" || key.text == "EC P-521"));
    say(!allowed, Fault::weak_key, key.text + " isn't a kind of key for public servers");
    const auto scheme = describe_signature(c.signature_algorithm);
    const bool strong =
        scheme.known && (scheme.hash == MBEDTLS_MD_SHA256 || scheme.hash == MBEDTLS_MD_SHA384 ||
                         scheme.hash == MBEDTLS_MD_SHA512);
    // A root's own signature proves nothing, and the oldest roots have SHA-1.
    say(!strong && !is_root(c), Fault::weak_signature, scheme.name + " isn't a signature for public servers");
  }

  void check_issued(const Certificate& c) {
    say(!c.authority_key_id || !c.authority_key_id->key_id, Fault::constraint_violation,
        "no authorityKeyIdentifier with a key's identifier");
    // Baseline requirements section 7.1.2.11.1; CAs issued before 2023 may have it.
    say(c.authority_key_id && (c.authority_key_id->names_issuer || c.authority_key_id->names_serial),
        Fault::constraint_violation, "an authorityKeyIdentifier that names issuer or serial", true);
  }

  void check_ca(const Certificate& c) {
    say(c.subject.empty(), Fault::malformed, "a CA without a name");
    say(!c.subject_key_id, Fault::constraint_violation, "a CA without subjectKeyIdentifier");
    say(c.basic_constraints && !c.critical(oid::basic_constraints), Fault::constraint_violation,
        "a CA whose basicConstraints isn't critical");
    say(!c.basic_constraints, Fault::not_a_ca, "a CA without basicConstraints");
    say(!c.key_usage, Fault::wrong_usage, "a CA without keyUsage");
    say(c.name_constraints && !c.critical(oid::name_constraints), Fault::constraint_violation,
        "name constraints that aren't critical", true);
    if (!c.name_constraints) return;
    const auto leading_dot = [](const GeneralName& n) {
      return n.form == NameForm::dns && as_text(n.value).starts_with(".");
    };
    for (const auto* subtrees : {&c.name_constraints->permitted, &c.name_constraints->excluded})
      say(std::any_of(subtrees->begin(), subtrees->end(), leading_dot), Fault::malformed,
          "a name constraint on DNS that begins with a dot");
  }

  void check_root(const Certificate& c) {
    say(c.extended_key_usage.has_value(), Fault::wrong_usage, "a root with extKeyUsage");
    if (!c.authority_key_id) return;
    say(c.authority_key_id->names_issuer || c.authority_key_id->names_serial, Fault::constraint_violation,
        "a root whose authorityKeyIdentifier names issuer or serial");
    say(!c.authority_key_id->key_id || !key_ids_may_match(c, c), Fault::constraint_violation,
        "a root whose authorityKeyIdentifier isn't its own key's");
  }

  void check_leaf(const Certificate& c) {
    say(c.name_constraints.has_value(), Fault::constraint_violation,
        "name constraints on a server's certificate");
    say(!c.extended_key_usage, Fault::wrong_usage, "no extKeyUsage");
    if (c.extended_key_usage) {
      say(c.critical(oid::extended_key_usage), Fault::wrong_usage, "its extKeyUsage must not be critical");
      say(std::any_of(c.extended_key_usage->begin(), c.extended_key_usage->end(),
                      [](Bytes purpose) { return oid::is(purpose, oid::any_purpose); }),
          Fault::wrong_usage, "its extKeyUsage says anyExtendedKeyUsage");
    }
    if (const auto most = max_validity_days(c.not_before))
      say(c.not_after - c.not_before >= std::chrono::days(*most), Fault::expired,
          "valid for more than " + std::to_string(*most) + " days, which no public CA gives since " +
              validity_limit_since(c.not_before),
          true);
    // Baseline requirements section 7.1.2.7.11.
    say(c.key_usage && (*c.key_usage & crl_sign) != 0, Fault::wrong_usage,
        "may sign revocation lists, which a server's must not");
    check_leaf_names(c);
  }

  void check_leaf_names(const Certificate& c) {
    const auto* extension = c.find(oid::subject_alt_name);
    say(extension == nullptr, Fault::constraint_violation, "no subjectAltName");
    if (extension != nullptr)
      say(extension->critical != c.subject.empty(), Fault::constraint_violation,
          c.subject.empty() ? "its subjectAltName must be critical, as the subject is empty"
                            : "its subjectAltName must not be critical");
    if (!c.subject_alt_name || c.subject_alt_name->empty()) return;  // none, or none that can be read
    for (const auto& name : *c.subject_alt_name) {
      if (name.form != NameForm::dns) continue;
      const auto text = as_text(name.value);
      const auto host = text.starts_with("*.") ? text.substr(2) : text;
      say(!is_preferred_dns_name(host), Fault::malformed, "no DNS name: \"" + std::string(text) + "\"");
      say(covers_public_suffix(text), Fault::constraint_violation,
          std::string(text) + " covers a public suffix");
    }
    check_common_names(c);
  }

  /// Baseline requirements section 7.1.4.3: a common name is one of the SAN's, byte for byte.
  void check_common_names(const Certificate& c) {
    const auto names = alternative_names(c);
    for (const auto& cn : c.subject.values(oid::common_name)) {
      if (std::find(names.begin(), names.end(), cn) != names.end()) continue;
      const auto misleading = misleads(cn, *c.subject_alt_name);
      say(true, Fault::constraint_violation,
          misleading.empty() ? "its common name isn't among its subjectAltName's" : misleading,
          misleading.empty());
    }
  }

  const Path& path_;
  const Positions& positions_;
  const Certificate* at_ = nullptr;
  std::vector<ProfileFinding> findings_;
};

}  // namespace

std::vector<ProfileFinding> profile_findings(const Path& path, const Positions& positions) {
  return ProfileCheck(path, positions).run();
}

}  // namespace mailtap::certs
