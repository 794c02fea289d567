// Go's crypto/x509 and crypto/tls.
//
// Rules: crypto/x509/verify.go (isValid, buildChains, Verify, VerifyHostname), constraints.go, parser.go
// (what can't be parsed), x509.go (CheckSignatureFrom) of Go 1.27.1; texts: the same, with crypto/tls'
// prefix.
#include "certs/asn1/oids.h"
#include "certs/clients/profiles.h"

namespace mailtap::certs::clients {

namespace {

const std::vector<Text>& texts() {
  static constexpr auto invalid = "x509.CertificateInvalidError";
  static constexpr auto unknown = "x509: certificate signed by unknown authority";
  static constexpr auto constrained =
      "x509: a root or intermediate certificate is not authorized to sign for this name: ";
  static const std::string permitted =
      std::string(constrained) + "{kind} \"{value}\" is not permitted by any constraint";
  static const std::string excluded =
      std::string(constrained) + "{kind} \"{value}\" is excluded by constraint \"{constraint}\"";
  static const std::string malformed = std::string(constrained) + "x509: cannot parse dnsName \"{value}\"";
  static const std::vector<Text> all{
      {Rule::no_local_issuer, "x509.UnknownAuthorityError", "", unknown},
      {Rule::bad_signature, "x509.UnknownAuthorityError", "",
       "x509: certificate signed by unknown authority (possibly because of \"crypto/rsa: verification "
       "error\" while "
       "trying to verify candidate authority certificate \"{issuer}\")"},
      {Rule::weak_signature, "x509.UnknownAuthorityError", "",
       "x509: certificate signed by unknown authority (possibly because of \"x509: cannot verify signature: "
       "insecure "
       "algorithm\" while trying to verify candidate authority certificate \"{issuer}\")"},
      {Rule::expired, invalid, "",
       "x509: certificate has expired or is not yet valid: current time {now} is after {not_after}"},
      {Rule::not_yet_valid, invalid, "",
       "x509: certificate has expired or is not yet valid: current time {now} is before {not_before}"},
      {Rule::unknown_critical, "x509.UnhandledCriticalExtension", "", "x509: unhandled critical extension"},
      {Rule::not_a_ca, invalid, "", "x509: certificate is not authorized to sign other certificates"},
      {Rule::no_cert_sign, "x509.UnknownAuthorityError", "",
       "x509: certificate signed by unknown authority (possibly because of \"x509: invalid signature: parent "
       "certificate "
       "cannot sign this kind of certificate\" while trying to verify candidate authority certificate "
       "\"{subject}\")"},
      {Rule::path_length, invalid, "", "x509: too many intermediates for path length constraint"},
      {Rule::purpose, invalid, "", "x509: certificate specifies an incompatible key usage"},
      {Rule::permitted_name, invalid, "", permitted},
      {Rule::excluded_name, invalid, "", excluded},
      {Rule::malformed_name, invalid, "", malformed},
      {Rule::policy, invalid, "", "x509: no valid chains built: 1 candidate chains with invalid policies"},
      {Rule::name, "x509.HostnameError", "", "x509: certificate is valid for {dns}, not {name}"},
      {Rule::no_names, "x509.HostnameError", "",
       "x509: certificate is not valid for any names, but wanted to match {name}"},
      {Rule::address, "x509.HostnameError", "", "x509: certificate is valid for {addresses}, not {name}"},
      {Rule::no_addresses, "x509.HostnameError", "",
       "x509: cannot validate certificate for {name} because it doesn't contain any IP SANs"},
      {Rule::unreadable, "", "", "tls: failed to parse certificate from server: x509: malformed certificate"},
      {Rule::none, invalid, "", unknown},
  };
  return all;
}

Profile profile() {
  Profile p;
  p.name = "go";
  p.title = "Go";
  p.building.raw_names = true;
  p.forms.refused = form_repeated | form_extension | form_authority_key_id | form_policies |
                    form_address_length | form_algorithms | form_negative_serial | form_access |
                    form_access_critical | form_key_id_critical | form_constraints_empty |
                    form_constraints_bare | form_constraint_value | form_unknown_curve | form_explicit_curve;
  p.forms.all_must_parse = true;
  p.critical = {oid::key_usage,
                oid::basic_constraints,
                oid::subject_alt_name,
                oid::name_constraints,
                oid::crl_distribution_points,
                oid::extended_key_usage,
                oid::certificate_policies,
                oid::policy_constraints,
                oid::policy_mappings,
                oid::inhibit_any_policy};
  p.signatures = {.sha1 = false, .md5 = false, .sha224 = false, .dsa = false};
  p.purpose = {.leaf_any = true, .ca_any = true, .empty_is_absent = true};
  p.path_length = PathLength::all;
  p.fraction_counts = true;
  p.zero_key_usage_counts = false;
  p.names.trailing_dot = true;
  p.constraints = {.directory = ConstraintRules::Support::refused_if_critical,
                   .others = ConstraintRules::Support::refused_if_critical,
                   .subject_emails = ConstraintRules::Emails::never,
                   .exempt_self_issued = false,
                   .comparisons = std::size_t{1} << 40};
  p.stages = {
      {Walk::up, at_leaf, {Rule::unknown_critical, Rule::validity, Rule::name, Rule::anchored}},
      {Walk::up, issued, {Rule::weak_signature, Rule::bad_signature}},
      {Walk::up,
       between,
       {Rule::no_cert_sign, Rule::not_a_ca, Rule::unknown_critical, Rule::validity, Rule::path_length}},
      {Walk::up,
       at_top,
       {Rule::no_cert_sign, Rule::not_a_ca, Rule::unknown_critical, Rule::validity, Rule::path_length}},
      {Walk::up, at_leaf, {Rule::policy}},
      {Walk::up, anywhere, {Rule::purpose}},
      {Walk::up, anywhere, {Rule::constrained_name}}};
  p.wording.tables = {&texts()};
  p.wording.frame = "tls: failed to verify certificate: {text}";
  return p;
}

}  // namespace

std::vector<const Profile*> go_profiles() {
  static const auto go = profile();
  return {&go};
}

std::vector<const Profile*> measured_go_profiles() {
  // Of certificates that it is given, Go's pool leaves out those that can't be parsed.
  static const auto go = [] {
    auto p = profile();
    p.forms.all_must_parse = false;
    return p;
  }();
  return {&go};
}

}  // namespace mailtap::certs::clients
