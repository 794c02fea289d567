// GnuTLS, as its certificate credentials verify a server.
//
// Rules: lib/x509/verify-high.c (gnutls_x509_trust_list_verify_crt2), verify.c (_gnutls_verify_crt_status,
// verify_crt), name_constraints.c, hostname-verify.c, supported_exts.gperf, lib/algorithms/secparams.c
// (Medium) of GnuTLS 3.7.9 and 3.8.13; texts: gnutls_certificate_verification_status_print, the flags' values
// from gnutls.h.
#include "certs/asn1/oids.h"
#include "certs/clients/profiles.h"

namespace mailtap::certs::clients {

namespace {

using namespace std::string_view_literals;

constexpr auto proxy_certificate = "\x2b\x06\x01\x05\x05\x07\x01\x0e"sv;
constexpr auto tls_features = "\x2b\x06\x01\x05\x05\x07\x01\x18"sv;

const std::vector<Text>& texts() {
  static constexpr auto constraints = "The certificate chain violates the signer's constraints. ";
  static const std::vector<Text> all{
      {Rule::revoked, "GNUTLS_CERT_REVOKED", "", "The certificate chain is revoked. "},
      {Rule::no_local_issuer, "GNUTLS_CERT_SIGNER_NOT_FOUND", "", "The certificate issuer is unknown. "},
      {Rule::not_a_ca, "GNUTLS_CERT_SIGNER_NOT_CA", "", "The certificate issuer is not a CA. "},
      {Rule::weak_leaf_key, "GNUTLS_CERT_INSECURE_ALGORITHM", "",
       "The certificate chain uses insecure algorithm. "},
      {Rule::weak_signature, "GNUTLS_CERT_INSECURE_ALGORITHM", "",
       "The certificate chain uses insecure algorithm. "},
      {Rule::constrained_name, "GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE", "", constraints},
      {Rule::no_cert_sign, "GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE", "", constraints},
      {Rule::path_length, "GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE", "", constraints},
      {Rule::purpose, "GNUTLS_CERT_PURPOSE_MISMATCH", "",
       "The certificate chain does not match the intended purpose. "},
      {Rule::not_yet_valid, "GNUTLS_CERT_NOT_ACTIVATED", "",
       "The certificate chain uses not yet valid certificate. "},
      {Rule::expired, "GNUTLS_CERT_EXPIRED", "", "The certificate chain uses expired certificate. "},
      {Rule::bad_signature, "GNUTLS_CERT_SIGNATURE_FAILURE", "",
       "The signature in the certificate is invalid. "},
      {Rule::name, "GNUTLS_CERT_UNEXPECTED_OWNER", "",
       "The name in the certificate does not match the expected. "},
      {Rule::unknown_critical, "GNUTLS_CERT_UNKNOWN_CRIT_EXTENSIONS", "",
       "The certificate contains an unknown critical extension. "},
      {Rule::unreadable, "GNUTLS_E_ASN1_DER_ERROR", "", "ASN1 parser: Error in DER parsing. "},
      {Rule::none, "GNUTLS_CERT_INVALID", "", ""},
  };
  return all;
}

Profile profile(std::string_view name, std::string_view title) {
  Profile p;
  p.name = name;
  p.title = title;
  p.building.search = Search::as_sent;
  p.building.longest = 16;
  p.forms.refused = form_repeated | form_names_unreadable;
  p.forms.all_must_parse = true;
  p.critical = {oid::subject_key_id,          oid::key_usage,         oid::subject_alt_name,
                oid::issuer_alt_name,         oid::basic_constraints, oid::name_constraints,
                oid::crl_distribution_points, oid::authority_key_id,  oid::extended_key_usage,
                oid::authority_info_access,   proxy_certificate,      tls_features,
                oid::certificate_policies,    oid::inhibit_any_policy};
  p.leaf_key = {.rsa = 2048, .ec = 224, .dsa = 2048, .known_curves = true};
  p.ca_key = p.leaf_key;
  p.signatures = {.sha1 = false, .md5 = false, .sha224 = true};
  p.purpose = {.leaf_any = true, .ca_any = false, .empty_is_absent = true};
  p.path_length = PathLength::all;
  p.bare_root_is_ca = true;
  p.names.common_name = NameRules::CommonName::without_any;
  p.names.labels_below_star = 2;
  p.names.partial_star = false;
  p.constraints = {.directory = ConstraintRules::Support::refused_if_excluded,
                   .uri = ConstraintRules::Support::refused_if_named,
                   .others = ConstraintRules::Support::refused,
                   .common_name = true,
                   .well_formed = ConstraintRules::Form::none,
                   .wildcards_overlap = false,
                   .masks_are_checked = true,
                   .families_apart = true,
                   .leaf_only = true,
                   .all_count = false,
                   .comparisons = std::size_t{1} << 20};
  // From the top down, one certificate with its issuer at a time; the first pair that fails ends it.
  p.stages = {
      {Walk::up, at_leaf, {Rule::anchored}},
      {Walk::down,
       anywhere,
       {Rule::constrained_name, Rule::not_a_ca, Rule::no_cert_sign, Rule::path_length, Rule::bad_signature,
        Rule::unknown_critical, Rule::weak_ca_key, Rule::weak_leaf_key, Rule::validity}},
      {Walk::down, between, {Rule::purpose}},
      {Walk::up, issued, {Rule::weak_signature}},
      {Walk::up, at_leaf, {Rule::purpose}, true},
      {Walk::up, at_leaf, {Rule::name}, true}};
  // check_ocsp_response, _gnutls_ocsp_verify_mandatory_stapling of lib/cert-session.c.
  static constexpr auto invalid =
      "The certificate is NOT trusted. The received OCSP status response is invalid. ";
  p.staples.refused = {
      {OcspState::revoked, "GNUTLS_CERT_REVOKED",
       "The certificate is NOT trusted. The certificate chain is revoked. "},
      {OcspState::expired, "GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED",
       "The certificate is NOT trusted. The revocation or OCSP data are old and have been superseded. "},
      {OcspState::other_certificate, "GNUTLS_CERT_INVALID_OCSP_STATUS", invalid},
      {OcspState::bad_signature, "GNUTLS_CERT_INVALID_OCSP_STATUS", invalid},
      {OcspState::unauthorised, "GNUTLS_CERT_INVALID_OCSP_STATUS", invalid},
      {OcspState::malformed, "GNUTLS_CERT_INVALID_OCSP_STATUS", invalid}};
  p.staples.missing_code = "GNUTLS_CERT_MISSING_OCSP_STATUS";
  p.staples.missing_text =
      "The certificate is NOT trusted. The certificate requires the server to include an OCSP status in its "
      "response, but the OCSP status is missing. ";
  p.staples.error_is_missing = true;
  p.wording.tables = {&texts()};
  p.wording.every_failure = true;
  p.wording.intro = "The certificate is NOT trusted. ";
  return p;
}

}  // namespace

std::vector<const Profile*> gnutls_profiles() {
  static const auto v37 = profile("gnutls-3.7", "GnuTLS 3.7");
  static const auto v38 = profile("gnutls-3.8", "GnuTLS 3.8");
  return {&v37, &v38};
}

}  // namespace mailtap::certs::clients
