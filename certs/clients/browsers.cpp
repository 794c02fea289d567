// Chromium, Thunderbird (and Firefox), and programs over NSS' own verification.
//
// Chromium: net/cert/cert_verify_proc_builtin.cc, BoringSSL's pki/verify_certificate_chain.cc,
// net/base/net_error_list.h. A root that the user has added is held against its own constraints and validity
// (TrustStoreNSS: WithEnforceAnchorConstraints, WithEnforceAnchorExpiry). Thunderbird: lib/mozpkix
// (pkixbuild.cpp, pkixcheck.cpp, pkixnames.cpp) of NSS 3.110 and NSSCertDBTrustDomain's limits; codes from
// pkixnss.h and secerr.h. NSS: lib/certhigh/certvfy.c of 3.87.1; texts: SECerrs.h, SSLerrs.h.
#include "certs/asn1/oids.h"
#include "certs/clients/profiles.h"

namespace mailtap::certs::clients {

namespace {

const std::vector<std::string_view>& usual_extensions() {
  static const std::vector<std::string_view> list{
      oid::key_usage,          oid::basic_constraints,  oid::subject_alt_name,
      oid::name_constraints,   oid::extended_key_usage, oid::certificate_policies,
      oid::policy_constraints, oid::policy_mappings,    oid::inhibit_any_policy};
  return list;
}

const std::vector<Text>& chromium_texts() {
  static const std::vector<Text> all{
      {Rule::no_local_issuer, "-202", "", "net::ERR_CERT_AUTHORITY_INVALID"},
      {Rule::name, "-200", "", "net::ERR_CERT_COMMON_NAME_INVALID"},
      {Rule::expired, "-201", "", "net::ERR_CERT_DATE_INVALID"},
      {Rule::revoked, "-206", "", "net::ERR_CERT_REVOKED"},
      {Rule::weak_leaf_key, "-211", "", "net::ERR_CERT_WEAK_KEY"},
      {Rule::leaf_key_usage, "-181", "", "net::ERR_SSL_KEY_USAGE_INCOMPATIBLE"},
      {Rule::bad_signature, "-202", "", "net::ERR_CERT_AUTHORITY_INVALID"},
      {Rule::weak_ca_key, "-207", "", "net::ERR_CERT_INVALID"},
      {Rule::none, "-207", "", "net::ERR_CERT_INVALID"},
  };
  return all;
}

Profile chromium() {
  Profile p;
  p.name = "chromium";
  p.title = "Chromium";
  p.forms.refused = form_repeated | form_extension | form_algorithms | form_address_length | form_access |
                    form_constraints_empty;
  p.critical = usual_extensions();
  p.leaf_key = {.rsa = 1024, .approved_curves = true};
  p.ca_key = p.leaf_key;
  p.signatures = {.sha1 = false, .md5 = false, .sha224 = false};
  p.names.public_suffix_star = false;
  p.names.trailing_dot = true;
  p.constraints.well_formed = ConstraintRules::Form::addresses;
  p.constraints.wildcards_overlap = true;
  p.stages = {{Walk::up, at_leaf, {Rule::anchored}},
              {Walk::down,
               at_top,
               {Rule::weak_ca_key, Rule::not_a_ca, Rule::no_cert_sign, Rule::path_length,
                Rule::unknown_critical, Rule::purpose, Rule::validity}},
              {Walk::down,
               issued,
               {Rule::bad_signature, Rule::not_a_ca, Rule::no_cert_sign, Rule::path_length,
                Rule::weak_signature, Rule::weak_ca_key, Rule::weak_leaf_key}},
              {Walk::down, issued, {Rule::constrained_name, Rule::unknown_critical, Rule::purpose}},
              {Walk::up, at_leaf, {Rule::policy, Rule::leaf_key_usage}},
              {Walk::down, issued, {Rule::validity}},
              {Walk::up, at_leaf, {Rule::name}}};
  // net/cert/internal/revocation_checker.cc: of a staple that isn't good or revoked nothing is made.
  p.staples.refused = {{OcspState::revoked, "-206", "net::ERR_CERT_REVOKED"}};
  p.wording.tables = {&chromium_texts()};
  return p;
}

const std::vector<Text>& mozilla_texts() {
  static const std::vector<Text> all{
      {Rule::self_signed_leaf, "MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT", "",
       "The certificate is not trusted because it is self-signed."},
      {Rule::no_local_issuer, "SEC_ERROR_UNKNOWN_ISSUER", "", "Peer's Certificate issuer is not recognized."},
      {Rule::expired, "SEC_ERROR_EXPIRED_CERTIFICATE", "", "Peer's Certificate has expired."},
      {Rule::not_yet_valid, "MOZILLA_PKIX_ERROR_NOT_YET_VALID_CERTIFICATE", "",
       "The server presented a certificate that is not yet valid."},
      {Rule::bad_signature, "SEC_ERROR_BAD_SIGNATURE", "", "Peer's certificate has an invalid signature."},
      {Rule::weak_signature, "SEC_ERROR_CERT_SIGNATURE_ALGORITHM_DISABLED", "",
       "The certificate was signed using a signature algorithm that is disabled because it is not secure."},
      {Rule::weak_leaf_key, "MOZILLA_PKIX_ERROR_INADEQUATE_KEY_SIZE", "",
       "The server presented a certificate with a key size that is too small to establish a secure "
       "connection."},
      {Rule::purpose, "SEC_ERROR_INADEQUATE_CERT_TYPE", "", "Certificate type not approved for application."},
      {Rule::leaf_key_usage, "SEC_ERROR_INADEQUATE_KEY_USAGE", "",
       "Certificate key usage inadequate for attempted operation."},
      {Rule::not_a_ca, "SEC_ERROR_CA_CERT_INVALID", "", "Issuer certificate is invalid."},
      {Rule::no_cert_sign, "SEC_ERROR_INADEQUATE_KEY_USAGE", "",
       "Certificate key usage inadequate for attempted operation."},
      {Rule::leaf_is_ca, "MOZILLA_PKIX_ERROR_CA_CERT_USED_AS_END_ENTITY", "",
       "The server uses a certificate with a basic constraints extension identifying it as a certificate "
       "authority. For a "
       "properly-issued certificate, this should not be the case."},
      {Rule::path_length, "SEC_ERROR_PATH_LEN_CONSTRAINT_INVALID", "",
       "Certificate path length constraint is invalid."},
      {Rule::constrained_name, "SEC_ERROR_CERT_NOT_IN_NAME_SPACE", "",
       "The Certifying Authority for this certificate is not permitted to issue a certificate with this "
       "name."},
      {Rule::unknown_critical, "SEC_ERROR_UNKNOWN_CRITICAL_EXTENSION", "",
       "Certificate contains unknown critical extension."},
      {Rule::revoked, "SEC_ERROR_REVOKED_CERTIFICATE", "", "Peer's Certificate has been revoked."},
      {Rule::unreadable, "SEC_ERROR_EXTENSION_VALUE_INVALID", "", "Certificate extension value is invalid."},
      {Rule::name, "SSL_ERROR_BAD_CERT_DOMAIN", "",
       "Unable to communicate securely with peer: requested domain name does not match the server's "
       "certificate."},
      {Rule::none, "SEC_ERROR_CA_CERT_INVALID", "", "Issuer certificate is invalid."},
  };
  return all;
}

Profile thunderbird() {
  Profile p;
  p.name = "thunderbird";
  p.title = "Thunderbird";
  p.building.own_anchor = OwnAnchor::never;
  p.building.raw_names = true;
  p.building.longest = 8;
  p.forms.refused = form_repeated_known | form_extension | form_algorithms | form_purpose_empty;
  p.critical = usual_extensions();
  p.leaf_key = {.rsa = 1024, .approved_curves = true, .dsa_allowed = false, .eddsa_allowed = false};
  p.ca_key = p.leaf_key;
  p.signatures = {.sha1 = false, .md5 = false, .sha224 = false};
  p.purpose = {.leaf_any = false, .ca_any = false, .empty_is_absent = false};
  p.path_length = PathLength::all;
  p.names.labels_below_star = 2;
  p.names.trailing_dot = true;
  p.constraints.wildcards_overlap = false;
  // Errors that a user may override come last: expiry and name.
  p.stages = {
      {Walk::up, at_leaf, {Rule::leaf_is_ca, Rule::purpose, Rule::leaf_key_usage, Rule::unknown_critical}},
      {Walk::up, at_leaf, {Rule::anchored}},
      {Walk::up,
       issuers,
       {Rule::not_a_ca, Rule::no_cert_sign, Rule::path_length, Rule::purpose, Rule::unknown_critical,
        Rule::validity}},
      {Walk::up, issued, {Rule::weak_signature, Rule::bad_signature}},
      {Walk::up, issuers, {Rule::weak_ca_key}},
      {Walk::up, issued, {Rule::constrained_name}},
      {Walk::up, at_leaf, {Rule::weak_leaf_key, Rule::validity}},
      {Walk::up, at_leaf, {Rule::name}}};
  // NSSCertDBTrustDomain::CheckRevocation: in the place of one that has expired, is the responder's tryLater
  // or of a signer that may not, the responder is asked. CheckTLSFeaturesAreSatisfied: any response will do.
  p.staples.refused = {
      {OcspState::revoked, "SEC_ERROR_REVOKED_CERTIFICATE", "Peer's Certificate has been revoked."},
      {OcspState::unknown, "SEC_ERROR_OCSP_UNKNOWN_CERT",
       "The OCSP server has no status for the certificate."},
      {OcspState::not_yet_valid, "SEC_ERROR_OCSP_FUTURE_RESPONSE",
       "The OCSP response is not yet valid (contains a date in the future)."},
      {OcspState::other_certificate, "MOZILLA_PKIX_ERROR_OCSP_RESPONSE_FOR_CERT_MISSING",
       "The OCSP response does not include a status for the certificate being verified."},
      {OcspState::bad_signature, "SEC_ERROR_OCSP_BAD_SIGNATURE", "SEC_ERROR_OCSP_BAD_SIGNATURE"},
      {OcspState::malformed, "SEC_ERROR_OCSP_MALFORMED_RESPONSE",
       "The response from the OCSP server was corrupted or improperly formed."}};
  p.staples.missing_code = "MOZILLA_PKIX_ERROR_REQUIRED_TLS_FEATURE_MISSING";
  p.staples.missing_text = "A required TLS feature is missing.";
  p.wording.tables = {&mozilla_texts()};
  return p;
}

const std::vector<Text>& nss_texts() {
  static const std::vector<Text> all{
      {Rule::self_signed_leaf, "-8172", "",
       "Peer's certificate issuer has been marked as not trusted by the user."},
      {Rule::self_signed_root, "-8172", "",
       "Peer's certificate issuer has been marked as not trusted by the user."},
      {Rule::no_local_issuer, "-8179", "", "Peer's Certificate issuer is not recognized."},
      {Rule::expired, "-8181", "", "Peer's Certificate has expired."},
      {Rule::bad_signature, "-8182", "", "Peer's certificate has an invalid signature."},
      {Rule::weak_signature, "-8016", "",
       "The certificate was signed using a signature algorithm that is disabled because it is not secure."},
      {Rule::purpose, "-8101", "", "Certificate type not approved for application."},
      {Rule::leaf_is_ca, "-8101", "", "Certificate type not approved for application."},
      {Rule::weak_ca_key, "-8182", "", "Peer's certificate has an invalid signature."},
      {Rule::leaf_key_usage, "-8102", "", "Certificate key usage inadequate for attempted operation."},
      {Rule::not_a_ca, "-8156", "", "Issuer certificate is invalid."},
      {Rule::no_cert_sign, "-8102", "", "Certificate key usage inadequate for attempted operation."},
      {Rule::path_length, "-8155", "", "Certificate path length constraint is invalid."},
      {Rule::constrained_name, "-8080", "",
       "The Certifying Authority for this certificate is not permitted to issue a certificate with this "
       "name."},
      {Rule::unknown_critical, "-8151", "", "Certificate contains unknown critical extension."},
      {Rule::unreadable, "-8183", "", "Security library: improperly formatted DER-encoded message."},
      {Rule::name, "-12276", "",
       "Unable to communicate securely with peer: requested domain name does not match the server's "
       "certificate."},
      {Rule::none, "-8156", "", "Issuer certificate is invalid."},
  };
  return all;
}

Profile nss() {
  Profile p;
  p.name = "nss";
  p.title = "NSS";
  p.building.raw_names = true;
  p.building.longest = 20;
  p.forms.all_must_parse = true;
  p.critical = usual_extensions();
  p.critical.push_back(oid::authority_info_access);
  p.early = std::chrono::hours(24);
  p.ca_key = {.approved_curves = true};
  p.signatures = {.sha1 = true, .md5 = false};
  p.purpose = {.leaf_any = true, .ca_any = true, .empty_is_absent = false};
  p.names.common_name = NameRules::CommonName::without_san;
  p.names.labels_below_star = 2;
  p.constraints.wildcards_overlap = false;
  p.constraints.well_formed = ConstraintRules::Form::none;
  p.stages = {
      {Walk::up,
       at_leaf,
       {Rule::validity, Rule::leaf_key_usage, Rule::leaf_is_ca, Rule::purpose, Rule::unknown_critical}},
      {Walk::up, at_leaf, {Rule::anchored}},
      {Walk::up, issuers, {Rule::weak_ca_key}},
      {Walk::up, issued, {Rule::bad_signature, Rule::weak_signature}},
      {Walk::up,
       between,
       {Rule::validity, Rule::not_a_ca, Rule::no_cert_sign, Rule::path_length, Rule::unknown_critical}},
      {Walk::up, issued, {Rule::constrained_name}},
      {Walk::up, at_leaf, {Rule::name}}};
  p.wording.tables = {&nss_texts()};
  return p;
}

}  // namespace

std::vector<const Profile*> browser_profiles() {
  static const auto chrome = chromium();
  static const auto mail = thunderbird();
  static const auto library = nss();
  return {&chrome, &mail, &library};
}

}  // namespace mailtap::certs::clients
