// OpenSSL, and the programs that verify by it: curl, Python, Node.js.
//
// Rules: crypto/x509/x509_vfy.c (build_chain, check_extensions, check_auth_level, check_id, internal_verify,
// check_name_constraints, in this order), v3_purp.c, v3_utl.c (X509_check_host), v3_ncons.c of OpenSSL 3.0.20
// and 3.6.3; texts: x509_txt.c. TLS verifies at the security level of its context: 2 in Debian's builds and
// from 3.2 on. curl: lib/vtls/openssl.c (verifyhost) of 7.88.1. Python: Modules/_ssl.c, Lib/ssl.py of 3.11
// and 3.13. Node: src/crypto/crypto_common.cc, lib/tls.js of 20: it lets OpenSSL go on after an error and
// reports the last.
#include "certs/asn1/oids.h"
#include "certs/clients/profiles.h"

namespace mailtap::certs::clients {

namespace {

using namespace std::string_view_literals;

constexpr auto ocsp_no_check = "\x2b\x06\x01\x05\x05\x07\x30\x01\x05"sv;

const std::vector<Text>& openssl_texts() {
  static const std::vector<Text> texts{
      {Rule::no_issuer, "2", "UNABLE_TO_GET_ISSUER_CERT", "unable to get issuer certificate"},
      {Rule::bad_signature, "7", "CERT_SIGNATURE_FAILURE", "certificate signature failure"},
      {Rule::not_yet_valid, "9", "CERT_NOT_YET_VALID", "certificate is not yet valid"},
      {Rule::expired, "10", "CERT_HAS_EXPIRED", "certificate has expired"},
      {Rule::self_signed_leaf, "18", "DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate"},
      {Rule::self_signed_root, "19", "SELF_SIGNED_CERT_IN_CHAIN",
       "self-signed certificate in certificate chain"},
      {Rule::no_local_issuer, "20", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
       "unable to get local issuer certificate"},
      {Rule::lone_leaf, "21", "UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify the first certificate"},
      {Rule::revoked, "23", "CERT_REVOKED", "certificate revoked"},
      {Rule::path_length, "25", "PATH_LENGTH_EXCEEDED", "path length constraint exceeded"},
      {Rule::purpose, "26", "INVALID_PURPOSE", "unsuitable certificate purpose"},
      {Rule::unknown_critical, "34", "UNHANDLED_CRITICAL_EXTENSION", "unhandled critical extension"},
      {Rule::permitted_name, "47", "PERMITTED_VIOLATION", "permitted subtree violation"},
      {Rule::excluded_name, "48", "EXCLUDED_VIOLATION", "excluded subtree violation"},
      {Rule::unsupported_constraint, "51", "UNSUPPORTED_CONSTRAINT_TYPE", "unsupported name constraint type"},
      {Rule::malformed_name, "53", "UNSUPPORTED_NAME_SYNTAX", "unsupported or invalid name syntax"},
      {Rule::too_many_constraints, "1", "UNSPECIFIED", "unspecified certificate verification error"},
      {Rule::name, "62", "HOSTNAME_MISMATCH", "hostname mismatch"},
      {Rule::address, "64", "IP_ADDRESS_MISMATCH", "IP address mismatch"},
      {Rule::weak_leaf_key, "66", "EE_KEY_TOO_SMALL", "EE certificate key too weak"},
      {Rule::weak_ca_key, "67", "CA_KEY_TOO_SMALL", "CA certificate key too weak"},
      {Rule::weak_signature, "68", "CA_MD_TOO_WEAK", "CA signature digest algorithm too weak"},
      {Rule::not_a_ca, "79", "INVALID_CA", "invalid CA certificate"},
      {Rule::path_length_of_no_ca, "80", "PATHLEN_INVALID_FOR_NON_CA", "Path length invalid for non-CA cert"},
      {Rule::path_length_without_sign, "81", "PATHLEN_WITHOUT_KU_KEY_CERT_SIGN",
       "Path length given without key usage keyCertSign"},
      {Rule::sign_without_ca, "82", "KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA",
       "Key usage keyCertSign invalid for non-CA cert"},
      {Rule::empty_issuer, "83", "ISSUER_NAME_EMPTY", "Issuer name empty"},
      {Rule::empty_subject, "84", "SUBJECT_NAME_EMPTY", "Subject name empty"},
      {Rule::no_authority_key_id, "85", "MISSING_AUTHORITY_KEY_IDENTIFIER",
       "Missing Authority Key Identifier"},
      {Rule::no_subject_key_id, "86", "MISSING_SUBJECT_KEY_IDENTIFIER", "Missing Subject Key Identifier"},
      {Rule::empty_alt_names, "87", "EMPTY_SUBJECT_ALT_NAME", "Empty Subject Alternative Name extension"},
      {Rule::basic_constraints_not_critical, "89", "CA_BCONS_NOT_CRITICAL",
       "Basic Constraints of CA cert not marked critical"},
      {Rule::empty_subject_name_not_critical, "88", "EMPTY_SUBJECT_SAN_NOT_CRITICAL",
       "Subject empty and Subject Alt Name extension not critical"},
      {Rule::algorithms_differ, "78", "SIGNATURE_ALGORITHM_INCONSISTENCY",
       "cert info signature and signature algorithm mismatch"},
      {Rule::authority_key_id_critical, "90", "AUTHORITY_KEY_IDENTIFIER_CRITICAL",
       "Authority Key Identifier marked critical"},
      {Rule::subject_key_id_critical, "91", "SUBJECT_KEY_IDENTIFIER_CRITICAL",
       "Subject Key Identifier marked critical"},
      {Rule::no_key_usage, "92", "CA_CERT_MISSING_KEY_USAGE", "CA cert does not include key usage extension"},
      {Rule::extensions_need_v3, "93", "EXTENSIONS_REQUIRE_VERSION_3",
       "Using cert extension requires at least X509v3"},
      {Rule::explicit_curve, "94", "EC_KEY_EXPLICIT_PARAMS",
       "Certificate public key has explicit ECC parameters"},
      {Rule::unreadable, "", "", "tlsv1 alert decode error"},
      {Rule::none, "1", "UNSPECIFIED", "unspecified certificate verification error"},
  };
  return texts;
}

Profile base(std::string_view name, std::string_view title) {
  Profile p;
  p.name = name;
  p.title = title;
  p.building.search = Search::first_match;
  p.building.partial_chain = false;
  p.building.longest = 101;
  p.forms.refused = form_repeated_known | form_extension | form_authority_key_id | form_key_usage_zero;
  p.forms.all_must_parse = true;
  p.critical = {oid::key_usage,
                oid::subject_alt_name,
                oid::basic_constraints,
                oid::certificate_policies,
                oid::crl_distribution_points,
                oid::extended_key_usage,
                oid::policy_constraints,
                oid::name_constraints,
                oid::policy_mappings,
                oid::inhibit_any_policy,
                ocsp_no_check};
  p.ends_at_not_after = true;
  p.purpose = {.leaf_any = false, .ca_any = false, .empty_is_absent = false};
  p.names.common_name = NameRules::CommonName::without_such;
  p.names.labels_below_star = 2;
  p.names.star_is_plain = true;
  p.constraints = {.others = ConstraintRules::Support::refused_if_named,
                   .subject_emails = ConstraintRules::Emails::always,
                   .common_name = true,
                   .well_formed = ConstraintRules::Form::addresses,
                   .wildcards_overlap = false,
                   .comparisons = std::size_t{1} << 20};
  p.wording.tables = {&openssl_texts()};
  return p;
}

/// Security levels: doc/man3/SSL_CTX_set_security_level.pod.
void set_level(Profile& p, int level) {
  // 2040 bits round up to 112 bits of security as 2048 do (ossl_ifc_ffc_compute_security_bits).
  p.leaf_key = {
      .rsa = level == 2 ? 1976U : 1000U, .ec = level == 2 ? 224U : 160U, .dsa = level == 2 ? 2048U : 1024U};
  p.ca_key = p.leaf_key;
  p.signatures = {.sha1 = false, .md5 = false, .sha224 = true};
}

/// In the order of verify_chain.
std::vector<Stage> stages(bool strict, bool with_name) {
  std::vector<Rule> each{Rule::unknown_critical};
  if (strict) {
    each.insert(each.end(), {Rule::no_cert_sign, Rule::not_a_ca});
  } else {
    each.push_back(Rule::not_a_ca_but_key_usage);
  }
  each.push_back(Rule::explicit_curve);
  const std::vector<Rule> form{Rule::path_length_of_no_ca,
                               Rule::path_length_without_sign,
                               Rule::basic_constraints_not_critical,
                               Rule::no_key_usage,
                               Rule::sign_without_ca,
                               Rule::empty_issuer,
                               Rule::empty_subject,
                               Rule::empty_subject_name_not_critical,
                               Rule::empty_alt_names,
                               Rule::algorithms_differ,
                               Rule::authority_key_id_critical,
                               Rule::subject_key_id_critical,
                               Rule::no_authority_key_id,
                               Rule::no_subject_key_id,
                               Rule::extensions_need_v3};
  if (strict) each.insert(each.end(), form.begin(), form.end());
  each.insert(each.end(), {Rule::purpose, Rule::leaf_key_usage, Rule::path_length});
  std::vector<Stage> all{{Walk::up, at_leaf, {Rule::weak_leaf_key}},
                         {Walk::up, at_leaf, {Rule::anchored}},
                         {Walk::up, anywhere, each},
                         {Walk::up, issuers, {Rule::weak_ca_key}},
                         {Walk::up, issued, {Rule::weak_signature}}};
  if (with_name) all.push_back({Walk::up, at_leaf, {Rule::name}});
  all.push_back({Walk::up, issued, {Rule::revoked}});
  all.push_back({Walk::down, anywhere, {Rule::no_cert_sign, Rule::bad_signature, Rule::validity}});
  all.push_back({Walk::down, anywhere, {Rule::constrained_name}});
  return all;
}

Profile library(std::string_view name, std::string_view title, bool strict, bool partial_chain) {
  auto p = base(name, title);
  p.building.partial_chain = partial_chain;
  p.v1_anchor_is_ca = !strict;
  set_level(p, 2);
  p.stages = stages(strict, true);
  return p;
}

/// What x509-limbo's harness sets: X509_STRICT, partial chains, lists that a case has.
Profile measured(std::string_view name) {
  auto p = library(name, name, true, true);
  p.revocation = true;
  return p;
}

const std::vector<Text>& python_texts() {
  static const std::vector<Text> texts{
      {Rule::name, "62", "HOSTNAME_MISMATCH", "Hostname mismatch, certificate is not valid for '{name}'."},
      {Rule::address, "64", "IP_ADDRESS_MISMATCH",
       "IP address mismatch, certificate is not valid for '{name}'."},
  };
  return texts;
}

Profile python(std::string_view name, std::string_view title, bool strict) {
  auto p = library(name, title, strict, strict);
  p.wording.tables = {&python_texts(), &openssl_texts()};
  p.wording.frame = strict
                        ? "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: {text} (_ssl.c:1032)"
                        : "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: {text} (_ssl.c:1006)";
  return p;
}

const std::vector<Text>& curl_texts() {
  static const std::vector<Text> texts{
      {Rule::bad_signature, "=35", "", "OpenSSL/3.0.19: error:06880006:asn1 encoding routines::EVP lib"},
      {Rule::name, "", "", "SSL: no alternative certificate subject name matches target host name '{name}'"},
      {Rule::no_names, "", "",
       "SSL: certificate subject name '{cn}' does not match target host name '{name}'"},
      {Rule::address, "", "",
       "SSL: no alternative certificate subject name matches target host name '{name}'"},
  };
  return texts;
}

const std::vector<Text>& curl_problems() {
  static const auto texts = [] {
    static std::vector<std::string> framed;
    framed.reserve(openssl_texts().size());
    auto all = openssl_texts();
    for (auto& text : all) {
      framed.push_back("SSL certificate problem: " + std::string(text.text));
      text.text = framed.back();
    }
    return all;
  }();
  return texts;
}

Profile curl() {
  auto p = base("curl", "curl 7.88 with OpenSSL");
  set_level(p, 2);
  p.building.partial_chain = true;
  p.stages = stages(false, false);
  p.stages.push_back({Walk::up, at_leaf, {Rule::name}});
  p.names.common_name = NameRules::CommonName::without_any;
  p.names.trailing_dot = true;
  p.wording.tables = {&curl_texts(), &curl_problems()};
  p.wording.code = "60";
  return p;
}

const std::vector<Text>& node_texts() {
  static const std::vector<Text> texts{
      {Rule::name, "", "ERR_TLS_CERT_ALTNAME_INVALID",
       "Hostname/IP does not match certificate's altnames: Host: {name}. is not in the cert's altnames: "
       "{typed}"},
      {Rule::no_names, "", "ERR_TLS_CERT_ALTNAME_INVALID",
       "Hostname/IP does not match certificate's altnames: Host: {name}. is not cert's CN: {cn}"},
      {Rule::address, "", "ERR_TLS_CERT_ALTNAME_INVALID",
       "Hostname/IP does not match certificate's altnames: IP: {name} is not in the cert's list: "
       "{addresses}"},
  };
  return texts;
}

Profile node() {
  auto p = base("node", "Node.js 20");
  set_level(p, 1);
  p.stages = stages(false, false);
  for (auto& stage : p.stages) stage.always = true;
  p.stages.push_back({Walk::up, at_leaf, {Rule::lone_leaf}, true});
  p.stages.push_back({Walk::up, at_leaf, {Rule::name}, false});
  p.names.common_name = NameRules::CommonName::without_any;
  p.names.labels_below_star = 2;
  p.names.partial_star = true;
  p.names.trailing_dot = true;
  p.wording.tables = {&node_texts(), &openssl_texts()};
  p.wording.symbols = true;
  p.wording.last_failure = true;
  return p;
}

}  // namespace

std::vector<const Profile*> openssl_profiles() {
  static const auto old = [] {
    // Level 1, and no more than check_ca of what is at the top.
    auto p = base("openssl-1.1", "OpenSSL 1.1.1");
    set_level(p, 1);
    p.signatures.sha1 = true;
    p.stages = stages(false, true);
    return p;
  }();
  static const auto v30 = library("openssl-3.0", "OpenSSL 3.0", false, false);
  static const auto v36 = library("openssl-3.6", "OpenSSL 3.6", false, false);
  static const auto python_old = python("python", "Python 3.12 and older", false);
  static const auto python_new = python("python-strict", "Python 3.13 and later", true);
  static const auto c = curl();
  static const auto n = node();
  return {&python_old, &python_new, &c, &n, &old, &v30, &v36};
}

std::vector<const Profile*> measured_openssl_profiles() {
  static const auto v30 = measured("openssl-3.0");
  static const auto v36 = measured("openssl-3.6");
  return {&v30, &v36};
}

}  // namespace mailtap::certs::clients
