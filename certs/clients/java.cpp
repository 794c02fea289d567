// Java's SunJSSE with the PKIX trust manager.
//
// Rules: sun.security.validator (PKIXValidator, EndEntityChecker), sun.security.provider.certpath
// (PKIXCertPathValidator, KeyChecker, ConstraintsChecker, BasicChecker, AlgorithmChecker),
// sun.security.util.HostnameChecker, conf/security/java.security (jdk.certpath.disabledAlgorithms) of
// OpenJDK 17.0.19; texts: the same, and runs of Java 17. Of trust anchors neither validity nor name
// constraints count, but they must be CAs that may sign. Without a dNSName constraints bind the common name.
#include "certs/asn1/oids.h"
#include "certs/clients/profiles.h"

namespace mailtap::certs::clients {

namespace {

const std::vector<Text>& texts() {
  static constexpr auto exception = "SSLHandshakeException";
#define MAILTAP_PKIX "PKIX path validation failed: java.security.cert.CertPathValidatorException: "
  static const std::vector<Text> all{
      {Rule::no_local_issuer, exception, "",
       "PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to "
       "find valid "
       "certification path to requested target"},
      {Rule::expired, exception, "", MAILTAP_PKIX "validity check failed"},
      {Rule::bad_signature, exception, "", MAILTAP_PKIX "signature check failed"},
      {Rule::weak_signature, exception, "",
       MAILTAP_PKIX "Algorithm constraints check failed on signature algorithm"},
      {Rule::weak_leaf_key, exception, "",
       MAILTAP_PKIX "Algorithm constraints check failed on keysize limits"},
      {Rule::weak_ca_key, exception, "",
       MAILTAP_PKIX "Algorithm constraints check failed on signature algorithm"},
      {Rule::unknown_critical, exception, "", MAILTAP_PKIX "unrecognized critical extension(s)"},
      {Rule::no_cert_sign, exception, "",
       MAILTAP_PKIX "CA key usage check failed: keyCertSign bit is not set"},
      {Rule::not_a_ca, exception, "",
       MAILTAP_PKIX "basic constraints check failed: this is not a CA certificate"},
      {Rule::anchor_not_a_ca, exception, "",
       "PKIX path validation failed: sun.security.validator.ValidatorException: TrustAnchor with subject "
       "\"{subject}\" is not a CA certificate"},
      {Rule::anchor_no_cert_sign, exception, "",
       "PKIX path validation failed: sun.security.validator.ValidatorException: TrustAnchor with subject "
       "\"{subject}\" does not have keyCertSign bit set in KeyUsage extension"},
      {Rule::path_length, exception, "",
       MAILTAP_PKIX "basic constraints check failed: pathLenConstraint violated - this cert must be the last "
                    "cert in the certification "
                    "path"},
      {Rule::constrained_name, exception, "", MAILTAP_PKIX "name constraints check failed"},
      {Rule::policy, exception, "", MAILTAP_PKIX "policy check failed"},
      {Rule::purpose, exception, "", "Extended key usage does not permit use for TLS server authentication"},
      {Rule::leaf_key_usage, exception, "", "KeyUsage does not allow digital signatures"},
      {Rule::unreadable, exception, "", "Failed to parse server certificates"},
      {Rule::name, exception, "", "No subject alternative DNS name matching {name} found."},
      {Rule::no_names, exception, "", "No name matching {name} found"},
      {Rule::address, exception, "", "No subject alternative names matching IP address {name} found"},
      {Rule::invalid_name, exception, "", "Illegal given domain name: {name}"},
      {Rule::no_addresses, exception, "", "No subject alternative names present"},
      {Rule::none, exception, "", "PKIX path building failed"},
  };
#undef MAILTAP_PKIX
  return all;
}

}  // namespace

std::vector<const Profile*> java_profiles() {
  static const auto java = [] {
    Profile p;
    p.name = "java";
    p.title = "Java 17";
    p.forms.refused = form_repeated | form_address_odd | form_empty_issuer | form_algorithms;
    p.forms.all_must_parse = true;
    p.critical = {
        oid::key_usage,          oid::basic_constraints,      oid::subject_alt_name,   oid::name_constraints,
        oid::extended_key_usage, oid::certificate_policies,   oid::policy_constraints, oid::policy_mappings,
        oid::inhibit_any_policy, oid::crl_distribution_points};
    p.leaf_key = {.rsa = 1024, .ec = 224, .dsa = 1024};
    p.ca_key = p.leaf_key;
    p.signatures = {.sha1 = true, .md5 = false};
    p.names.common_name = NameRules::CommonName::without_such;
    p.names.any_label_star = true;
    p.names.underscores = false;
    p.names.asked_underscores = false;
    p.names.any_name_is_one = true;
    p.anchors_constrain = false;
    p.constraints.common_name = true;
    p.constraints.common_name_address = false;
    p.constraints.well_formed = ConstraintRules::Form::none;
    p.constraints.wildcards_overlap = false;
    // From the top down, without the anchor; KeyChecker, ConstraintsChecker and BasicChecker in this order.
    p.stages = {{Walk::up, at_leaf, {Rule::anchored}},
                {Walk::up, at_top, {Rule::anchor_not_a_ca, Rule::anchor_no_cert_sign, Rule::weak_ca_key}},
                {Walk::down,
                 issued,
                 {Rule::weak_signature, Rule::weak_ca_key, Rule::weak_leaf_key, Rule::no_cert_sign,
                  Rule::not_a_ca, Rule::path_length, Rule::constrained_name, Rule::validity,
                  Rule::bad_signature, Rule::unknown_critical}},
                {Walk::up, at_leaf, {Rule::policy}},
                {Walk::up, at_leaf, {Rule::purpose, Rule::leaf_key_usage}},
                {Walk::up, at_leaf, {Rule::name}}};
    p.wording.tables = {&texts()};
    p.wording.frame = "javax.net.ssl.SSLHandshakeException: {text}";
    return p;
  }();
  return {&java};
}

}  // namespace mailtap::certs::clients
