// mbedTLS.
//
// Rules: library/x509_crt.c (mbedtls_x509_crt_parse_der, mbedtls_x509_crt_verify, x509_crt_verify_chain,
// x509_crt_verify_name), the default profile of it, and mbedtls_ssl_check_cert_usage of 3.6.6; texts:
// MBEDTLS_X509_CRT_ERROR_INFO_LIST, the flags from mbedtls/x509.h.
#include "certs/asn1/oids.h"
#include "certs/clients/profiles.h"

namespace mailtap::certs::clients {

namespace {

const std::vector<Text>& texts() {
  static const std::vector<Text> all{
      {Rule::expired, "0x01", "", "The certificate validity has expired"},
      {Rule::revoked, "0x02", "", "The certificate has been revoked (is on a CRL)"},
      {Rule::name, "0x04", "", "The certificate Common Name (CN) does not match with the expected CN"},
      {Rule::no_local_issuer, "0x08", "", "The certificate is not correctly signed by the trusted CA"},
      {Rule::bad_signature, "0x08", "", "The certificate is not correctly signed by the trusted CA"},
      {Rule::not_yet_valid, "0x0200", "", "The certificate validity starts in the future"},
      {Rule::purpose, "0x1000", "", "Usage does not match the extendedKeyUsage extension"},
      {Rule::weak_signature, "0x4000", "", "The certificate is signed with an unacceptable hash."},
      {Rule::weak_leaf_key, "0x010000", "",
       "The certificate is signed with an unacceptable key (eg bad curve, RSA too short)."},
      {Rule::unreadable, "=-0x2562", "",
       "X509 - The extension tag or value is invalid : ASN1 - ASN1 tag was of an unexpected value"},
      {Rule::none, "0x0100", "", "Other reason (can be used by verify callback)"},
  };
  return all;
}

Profile profile() {
  Profile p;
  p.name = "mbedtls";
  p.title = "mbedTLS";
  p.building.search = Search::signed_match;
  p.building.longest = 10;
  p.forms.refused = form_repeated_known | form_extension | form_authority_key_id | form_alt_names_empty |
                    form_purpose_empty | form_address_length | form_algorithms | form_authority_names |
                    form_empty_issuer | form_key | form_unknown_critical | form_explicit_curve |
                    form_policies | form_policies_empty | form_policies_critical | form_length_without_ca;
  p.forms.all_must_parse = true;
  p.critical = {oid::basic_constraints, oid::key_usage,        oid::extended_key_usage,  oid::subject_key_id,
                oid::authority_key_id,  oid::subject_alt_name, oid::certificate_policies};
  p.leaf_key = {
      .rsa = 2048, .ec = 256, .approved_curves = true, .dsa_allowed = false, .eddsa_allowed = false};
  p.ca_key = p.leaf_key;
  p.signatures = {.sha1 = false, .md5 = false, .sha224 = false};
  p.path_length = PathLength::but_self_issued_below;
  p.revocation = true;
  p.names.common_name = NameRules::CommonName::without_san;
  p.names.address_as_text = true;
  p.stages = {
      {Walk::up, at_leaf, {Rule::weak_leaf_key}, true}, {Walk::up, at_leaf, {Rule::name}, true},
      {Walk::up, anywhere, {Rule::validity}, true},     {Walk::up, issued, {Rule::weak_signature}, true},
      {Walk::up, at_leaf, {Rule::anchored}, true},      {Walk::up, issued, {Rule::bad_signature}, true},
      {Walk::up, issuers, {Rule::weak_ca_key}, true},   {Walk::up, issued, {Rule::revoked}, true},
      {Walk::up, at_leaf, {Rule::purpose}, true}};
  p.wording.tables = {&texts()};
  p.wording.every_failure = true;
  p.wording.separator = "\n";
  return p;
}

}  // namespace

std::vector<const Profile*> mbedtls_profiles() {
  static const auto mbedtls = profile();
  return {&mbedtls};
}

}  // namespace mailtap::certs::clients
