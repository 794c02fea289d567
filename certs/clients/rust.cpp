// rustls-webpki, and pyca/cryptography's x509.verification.
//
// Rules of rustls-webpki 0.103.15: src/verify_cert.rs, cert.rs, trust_anchor.rs, subject_name/; texts:
// rustls' Error, InvalidCertificate(...). Of pyca/cryptography 49.0.0:
// src/rust/cryptography-x509-verification/src/lib.rs, policy/mod.rs, policy/extension.rs, types.rs; texts:
// the same.
#include "certs/asn1/oids.h"
#include "certs/clients/profiles.h"

namespace mailtap::certs::clients {

namespace {

const std::vector<Text>& webpki_texts() {
  static const std::vector<Text> all{
      {Rule::no_local_issuer, "UnknownIssuer", "", "UnknownIssuer"},
      {Rule::expired, "Expired", "",
       "certificate expired: verification time {now}, but certificate is not valid after {not_after}"},
      {Rule::not_yet_valid, "NotValidYet", "",
       "certificate not valid yet: verification time {now}, but certificate is not valid until {not_before}"},
      {Rule::bad_signature, "BadSignature", "", "BadSignature"},
      {Rule::unsupported_signature, "UnsupportedSignatureAlgorithm", "",
       "Other(OtherError(UnsupportedSignatureAlgorithmForPublicKey))"},
      {Rule::weak_signature, "UnsupportedSignatureAlgorithm", "",
       "Other(OtherError(UnsupportedSignatureAlgorithm))"},
      {Rule::weak_leaf_key, "BadSignature", "", "BadSignature"},
      {Rule::purpose, "InvalidPurpose", "", "InvalidPurpose"},
      {Rule::leaf_is_ca, "CaUsedAsEndEntity", "", "Other(OtherError(CaUsedAsEndEntity))"},
      {Rule::leaf_signs, "EndEntityCertHasCertSignKeyUsage", "",
       "Other(OtherError(EndEntityCertHasCertSignKeyUsage))"},
      {Rule::not_a_ca, "EndEntityUsedAsCa", "", "Other(OtherError(EndEntityUsedAsCa))"},
      {Rule::no_cert_sign, "IssuerNotCertSigner", "", "Other(OtherError(IssuerNotCertSigner))"},
      {Rule::path_length, "PathLenConstraintViolated", "", "Other(OtherError(PathLenConstraintViolated))"},
      {Rule::constrained_name, "NameConstraintViolation", "", "Other(OtherError(NameConstraintViolation))"},
      {Rule::malformed_name, "MalformedDnsIdentifier", "", "Other(OtherError(MalformedDnsIdentifier))"},
      {Rule::unknown_critical, "UnhandledCriticalExtension", "", "UnhandledCriticalExtension"},
      {Rule::revoked, "Revoked", "", "Revoked"},
      {Rule::name, "NotValidForName", "",
       "certificate not valid for name \"{name}\"; certificate is only valid for {typed}"},
      {Rule::unreadable, "BadEncoding", "", "BadEncoding"},
      {Rule::none, "BadEncoding", "", "BadEncoding"},
  };
  return all;
}

Profile webpki() {
  Profile p;
  p.name = "rustls-webpki";
  p.title = "rustls";
  p.building.own_anchor = OwnAnchor::as_its_own_issuer;
  p.building.raw_names = true;
  p.building.longest = 8;
  p.forms.refused = form_repeated_known | form_names_unreadable | form_algorithms | form_not_version_3 |
                    form_address_length | form_purpose_empty;
  p.forms.anchors_lenient = true;
  p.critical = {oid::key_usage,        oid::subject_alt_name,        oid::basic_constraints,
                oid::name_constraints, oid::crl_distribution_points, oid::extended_key_usage};
  p.ca_key = {.rsa = 2048, .ec = 256, .ring_curves = true, .dsa_allowed = false};
  p.signatures = {.sha1 = false, .md5 = false, .sha224 = false, .ecdsa_sha512 = false};
  p.purpose = {.leaf_any = false, .ca_any = false, .empty_is_absent = false};
  p.path_length = PathLength::all;
  p.revocation = true;
  p.names.labels_below_star = 2;
  p.names.trailing_dot = true;
  p.constraints = {.directory = ConstraintRules::Support::refused,
                   .uri = ConstraintRules::Support::refused_if_named,
                   .subject_emails = ConstraintRules::Emails::never,
                   .exempt_self_issued = false,
                   .comparisons = 250'000};
  p.stages = {{Walk::up,
               issued,
               {Rule::unknown_critical, Rule::validity, Rule::leaf_is_ca, Rule::not_a_ca, Rule::path_length,
                Rule::purpose}},
              {Walk::up, at_leaf, {Rule::anchored}},
              {Walk::down, issued, {Rule::weak_signature, Rule::bad_signature, Rule::revoked}},
              {Walk::up, issuers, {Rule::weak_ca_key}},
              {Walk::down, issued, {Rule::constrained_name}},
              {Walk::up, at_leaf, {Rule::name}}};
  p.wording.tables = {&webpki_texts()};
  p.wording.frame = "invalid peer certificate: {text}";
  return p;
}

const std::vector<Text>& pyca_texts() {
  static const std::vector<Text> all{
      {Rule::no_local_issuer, "", "",
       "candidates exhausted: all candidates exhausted with no interior errors"},
      {Rule::expired, "", "", "cert is not valid at validation time"},
      {Rule::not_yet_valid, "", "", "cert is not valid at validation time"},
      {Rule::bad_signature, "", "", "candidates exhausted: signature does not match"},
      {Rule::weak_signature, "", "", "candidates exhausted: Forbidden signature algorithm"},
      {Rule::weak_leaf_key, "", "", "candidates exhausted: RSA key is too weak"},
      {Rule::purpose, "", "", "required EKU not found"},
      {Rule::leaf_is_ca, "", "", "basicConstraints.cA must not be asserted in an EE certificate"},
      {Rule::leaf_signs, "", "", "EE keyUsage must not assert keyCertSign"},
      {Rule::not_a_ca, "", "",
       "candidates exhausted: basicConstraints.cA must be asserted in a CA certificate"},
      {Rule::no_cert_sign, "", "",
       "candidates exhausted: keyUsage.keyCertSign must be asserted in a CA certificate"},
      {Rule::no_key_usage, "", "",
       "candidates exhausted: invalid extension: 2.5.29.15: Certificate is missing required extension"},
      {Rule::basic_constraints_not_critical, "", "",
       "candidates exhausted: invalid extension: 2.5.29.19: Certificate extension has incorrect criticality"},
      {Rule::path_length, "", "", "candidates exhausted: path length constraint violated"},
      {Rule::permitted_name, "", "", "candidates exhausted: no permitted name constraints matched SAN"},
      {Rule::excluded_name, "", "", "candidates exhausted: excluded name constraint matched SAN"},
      {Rule::malformed_name, "", "",
       "candidates exhausted: unsatisfiable DNS name constraint: malformed SAN {value}"},
      {Rule::unsupported_constraint, "", "", "candidates exhausted: unsupported name constraint"},
      {Rule::too_many_constraints, "", "", "fatal error: Exceeded maximum name constraint check limit"},
      {Rule::unknown_critical, "", "",
       "invalid extension: {oid}: certificate contains unaccounted-for critical extensions"},
      {Rule::authority_key_id_critical, "", "",
       "invalid extension: 2.5.29.35: Certificate extension has incorrect criticality"},
      {Rule::no_authority_key_id, "", "",
       "invalid extension: 2.5.29.35: Certificate is missing required extension"},
      {Rule::access_critical, "", "",
       "invalid extension: 1.3.6.1.5.5.7.1.1: Certificate extension has incorrect criticality"},
      {Rule::constraints_in_leaf, "", "",
       "invalid extension: 2.5.29.30: Certificate contains prohibited extension"},
      {Rule::empty_constraints, "", "",
       "candidates exhausted: nameConstraints must have non-empty permittedSubtrees or excludedSubtrees"},
      {Rule::alt_names_critical, "", "", "EE subjectAltName MUST NOT be critical when subject is nonempty"},
      {Rule::empty_issuer, "", "", "certificate must have a non-empty Issuer"},
      {Rule::negative_serial, "", "", "certificate serial number cannot be negative"},
      {Rule::serial_length, "", "", "certificate must have a serial between 1 and 20 octets"},
      {Rule::not_version_3, "", "", "certificate must be an X509v3 certificate"},
      {Rule::algorithms_differ, "", "", "mismatch between signatureAlgorithm and SPKI algorithm"},
      {Rule::time_form, "", "", "validity dates between 1950 and 2049 must be UtcTime"},
      {Rule::name, "", "", "leaf certificate has no matching subjectAltName"},
      {Rule::unreadable, "", "", "ASN.1 parsing error: invalid value"},
      {Rule::none, "", "", "candidates exhausted: all candidates exhausted with no interior errors"},
  };
  return all;
}

Profile pyca() {
  Profile p;
  p.name = "pyca";
  p.title = "Python's cryptography";
  p.building.longest = 10;
  p.forms.refused = form_repeated | form_extension | form_access | form_default_written;
  p.critical = {
      oid::authority_info_access, oid::authority_key_id,  oid::subject_key_id,   oid::key_usage,
      oid::subject_alt_name,      oid::basic_constraints, oid::name_constraints, oid::extended_key_usage};
  p.ca_key = {.rsa = 2041, .approved_curves = true, .dsa_allowed = false, .eddsa_allowed = false};
  p.signatures = {.sha1 = false, .md5 = false, .sha224 = false};
  p.purpose = {.leaf_any = false, .ca_any = true, .empty_is_absent = false};
  p.path_length = PathLength::all;
  p.v1_anchor_is_ca = false;
  p.names.strict_presented = true;
  p.names.underscores = false;
  p.constraints = {.directory = ConstraintRules::Support::refused_if_critical,
                   .uri = ConstraintRules::Support::refused_if_named,
                   .subject_emails = ConstraintRules::Emails::never,
                   .strict_dns = true,
                   .comparisons = std::size_t{1} << 20};
  const std::vector<Rule> basic{Rule::not_version_3,   Rule::algorithms_differ, Rule::serial_length,
                                Rule::negative_serial, Rule::empty_issuer,      Rule::time_form,
                                Rule::validity};
  auto leaf = basic;
  leaf.insert(leaf.end(),
              {Rule::name, Rule::access_critical, Rule::authority_key_id_critical, Rule::leaf_signs,
               Rule::alt_names_critical, Rule::leaf_is_ca, Rule::constraints_in_leaf, Rule::purpose_critical,
               Rule::purpose, Rule::unknown_critical, Rule::no_authority_key_extension});
  auto issuer = basic;
  issuer.insert(issuer.end(),
                {Rule::path_length, Rule::not_a_ca, Rule::access_critical, Rule::authority_key_id_critical,
                 Rule::subject_key_id_critical, Rule::no_key_usage, Rule::no_cert_sign,
                 Rule::basic_constraints_not_critical, Rule::empty_constraints, Rule::purpose_critical,
                 Rule::purpose, Rule::unknown_critical, Rule::authority_without_key, Rule::weak_ca_key});
  p.stages = {{Walk::up, at_leaf, leaf},
              {Walk::up, at_leaf, {Rule::anchored}},
              {Walk::up, issuers, issuer},
              {Walk::up, issued, {Rule::weak_signature, Rule::bad_signature}},
              {Walk::up, anywhere, {Rule::constrained_name}}};
  p.wording.tables = {&pyca_texts()};
  p.wording.code = "VerificationError";
  p.wording.frame = "validation failed: {text}";
  return p;
}

}  // namespace

std::vector<const Profile*> rust_profiles() {
  static const auto rustls = webpki();
  static const auto cryptography = pyca();
  return {&rustls, &cryptography};
}

}  // namespace mailtap::certs::clients
