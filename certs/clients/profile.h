// A client as data: which chain it builds, which rules it holds the chain against, in which order and by
// which thresholds, and what it says when one is broken. One evaluator (judge.h) reads them all; the sources
// of each profile's rules stand above its table.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "certs/verify/name_constraints.h"
#include "certs/verify/staple.h"

namespace mailtap::certs::clients {

/// What can be wrong. In stages: what is looked for. Some are found in the place of others: `anchored` finds
/// one of its four, `validity` one of two.
enum class Rule : std::uint8_t {
  none,
  nothing_sent,
  unreadable,  ///< a certificate that this client can't parse
  // The end of the chain.
  anchored,
  self_signed_leaf,
  self_signed_root,
  no_local_issuer,  ///< of the last certificate sent
  no_issuer,        ///< of a trusted certificate that isn't a root
  lone_leaf,        ///< no issuer was found for the leaf itself
  // Each certificate.
  unknown_critical,
  validity,
  expired,
  not_yet_valid,
  bad_signature,
  unsupported_signature,
  weak_signature,
  weak_leaf_key,
  weak_ca_key,
  explicit_curve,
  purpose,         ///< extKeyUsage
  leaf_key_usage,  ///< keyUsage has nothing that TLS needs
  not_a_ca,
  not_a_ca_but_key_usage,  ///< OpenSSL: no basicConstraints, but keyCertSign, counts as a CA of sorts
  no_cert_sign,
  anchor_not_a_ca,  ///< the same two, said of an anchor in other words
  anchor_no_cert_sign,
  path_length,
  leaf_is_ca,
  leaf_signs,  ///< a leaf with keyCertSign
  constrained_name,
  excluded_name,
  permitted_name,
  unsupported_constraint,
  malformed_name,
  too_many_constraints,
  policy,
  revoked,
  // The name asked for.
  name,
  address,   ///< the same of an IP address
  no_names,  ///< the same where the certificate has no name of that kind
  no_addresses,
  invalid_name,  ///< the name asked for is none
  // What RFC 5280 asks of a certificate's form (OpenSSL's X509_STRICT, pyca/cryptography).
  path_length_of_no_ca,
  path_length_without_sign,
  basic_constraints_not_critical,
  no_key_usage,
  sign_without_ca,
  empty_issuer,
  empty_subject,
  empty_subject_name_not_critical,
  empty_alt_names,
  algorithms_differ,
  authority_key_id_critical,
  subject_key_id_critical,
  no_authority_key_id,
  no_authority_key_extension,  ///< none at all
  authority_without_key,       ///< one without a key's identifier
  no_subject_key_id,
  extensions_need_v3,
  not_version_3,
  serial_length,
  negative_serial,
  time_form,
  access_critical,
  purpose_critical,
  alt_names_critical,
  constraints_in_leaf,
  empty_constraints,
};

/// Where on the chain a stage looks.
enum Place : unsigned {
  at_leaf = 1,
  between = 2,
  at_top = 4,
  issuers = between | at_top,
  issued = at_leaf | between,
  anywhere = 7
};
enum class Walk : std::uint8_t { up, down };

/// Rules are held against one certificate after the other; what the first broken one is, is said.
struct Stage {
  Walk walk = Walk::up;
  unsigned places = anywhere;
  std::vector<Rule> rules;
  bool always = false;  ///< also after a stage before it failed
};

enum class Search : std::uint8_t {
  every_path,    ///< any path whose rules hold will do
  first_match,   ///< one chain, by names and key identifiers: OpenSSL
  as_sent,       ///< the server's order, sorted: GnuTLS
  signed_match,  ///< one chain, by names and signatures: mbedTLS
};

/// A leaf that is itself among the anchors.
enum class OwnAnchor : std::uint8_t { ends_the_path, only_self_issued, as_its_own_issuer, never };

struct Building {
  Search search = Search::every_path;
  OwnAnchor own_anchor = OwnAnchor::ends_the_path;
  bool raw_names = false;           ///< issuer and subject are compared byte by byte
  bool key_ids_match = false;       ///< an issuer whose key identifier differs isn't one
  bool partial_chain = true;        ///< an anchor needn't be a root
  bool one_key_one_issuer = false;  ///< of every_path: signature algorithm and key must be of one kind
  std::size_t longest = 24;
};

/// Certificates that can't be parsed beyond what certs/model/certificate.h refuses.
enum Form : std::uint64_t {
  form_repeated = 1U << 0,        ///< an extension twice
  form_repeated_known = 1U << 1,  ///< one of those that chains are checked by, twice
  form_extension = 1U << 2,       ///< a known extension that can't be read
  form_policies = 1U << 3,        ///< certificatePolicies or what belongs to them can't be read
  form_alt_names_empty = 1U << 4,
  form_purpose_empty = 1U << 5,
  form_constraints_empty = 1U << 6,
  form_constraints_bare = 1U << 7,  ///< subtrees without any
  form_address_length = 1U << 8,    ///< an iPAddress of neither 4 nor 16 bytes
  form_algorithms = 1U << 9,
  form_negative_serial = 1U << 10,
  form_access = 1U << 11,  ///< authorityInfoAccess can't be read
  form_access_critical = 1U << 12,
  form_key_id_critical = 1U << 13,
  form_key_usage_zero = 1U << 14,
  form_unknown_critical = 1U << 15,
  form_extensions_v1 = 1U << 16,
  form_not_version_3 = 1U << 17,
  form_authority_names = 1U << 18,   ///< authorityKeyIdentifier names issuer or serial number
  form_empty_issuer = 1U << 19,      ///< subject or issuer
  form_key = 1U << 20,               ///< the key can't be read
  form_weak_key = 1U << 21,          ///< RSA below 1024 bits
  form_constraint_value = 1U << 22,  ///< a subtree that means nothing
  form_extensions_empty = 1U << 23,
  form_constraints_minimum = 1U << 24,
  form_alt_name_text = 1U << 25,  ///< a name that isn't IA5
  form_unknown_curve = 1U << 26,
  form_uri = 1U << 27,
  form_explicit_curve = 1U << 28,
  form_serial_zero = 1U << 29,
  form_names_unreadable = 1ULL << 30,   ///< subjectAltName is no list of names
  form_policies_critical = 1ULL << 31,  ///< critical policies other than anyPolicy
  form_length_without_ca = 1ULL << 32,  ///< a path length where no cA is written
  form_default_written = 1ULL << 33,    ///< cA FALSE written out
  form_access_empty = 1ULL << 34,
  form_policies_empty = 1ULL << 35,
  form_authority_key_id = 1ULL << 36,  ///< can't be read
  form_address_odd = 1ULL << 37,       ///< an iPAddress that is neither an address nor one with its mask
};

struct Forms {
  std::uint64_t refused = 0;
  bool all_must_parse = false;   ///< one bad certificate among those sent ends it
  bool anchors_lenient = false;  ///< anchors are held against nothing
};

struct KeyRules {
  unsigned rsa = 0;  ///< least bits
  unsigned ec = 0;
  unsigned dsa = 0;
  bool known_curves = false;     ///< NIST's alone, from P-224 on
  bool ring_curves = false;      ///< P-256 and P-384 alone
  bool approved_curves = false;  ///< P-256, P-384, P-521 alone
  bool dsa_allowed = true;
  bool eddsa_allowed = true;
};

struct SignatureRules {
  bool sha1 = true;
  bool md5 = true;
  bool sha224 = true;
  bool ecdsa_sha512 = true;
  bool dsa = true;
};

struct PurposeRules {
  bool leaf_any = true;  ///< anyExtendedKeyUsage serves
  bool ca_any = true;
  bool empty_is_absent = false;
};

enum class PathLength : std::uint8_t { rfc5280, all, but_self_issued_below };

struct NameRules {
  enum class CommonName : std::uint8_t {
    never,
    without_such,  ///< where the SAN has no name of the kind asked for
    without_any,   ///< where it has none that names a host
    without_san,
  };
  CommonName common_name = CommonName::never;
  unsigned labels_below_star = 0;
  bool star_is_plain = false;     ///< a star doesn't stand for an underscore
  bool partial_star = false;      ///< f*.example.com
  bool any_label_star = false;    ///< foo.*.example.com, f*.*r.example.com
  bool trailing_dot = false;      ///< of the name asked for: dropped
  bool strict_presented = false;  ///< a presented name must be in preferred syntax
  bool underscores = true;
  bool asked_underscores = true;   ///< else a name asked for with one is none
  bool any_name_is_one = false;    ///< of an address: one that isn't found, where there are other names
  bool address_as_text = false;    ///< an address asked for is also compared with dNSNames
  bool public_suffix_star = true;  ///< *.co.uk serves
};

/// What a client says of a broken rule. Of the text: {name}, {names}, {cn}, {subject}, {issuer}, {now},
/// {not_before}, {not_after}, {oid}, {constraint}, {kind}, {value}.
struct Text {
  Rule rule;
  std::string_view code;
  std::string_view symbol;
  std::string_view text;
};

struct Wording {
  std::vector<const std::vector<Text>*> tables;  ///< the first that has the rule
  bool symbols = false;                          ///< `symbol` is the code
  std::string_view code = {};                    ///< one for all
  std::string_view frame = {};                   ///< {text} and {symbol} stand in it; empty: the text alone
  bool every_failure = false;                    ///< all are said, one after the other
  bool last_failure = false;                     ///< nothing ends the check; the last one found is said
  std::string_view intro = {};                   ///< of every_failure
  std::string_view separator = {};
};

/// What a client that takes the chain says of the OCSP response stapled to it.
struct StapleText {
  OcspState state;
  std::string_view code;
  std::string_view text;
};

/// What isn't here the client passes over: most don't look at staples.
struct StapleRules {
  std::vector<StapleText> refused;
  // Where the certificate demands a response; empty: it doesn't mind.
  std::string_view missing_code = {};
  std::string_view missing_text = {};
  bool error_is_missing = false;  ///< a responder's error instead of an answer is no response
};

struct Profile {
  std::string_view name;
  std::string_view title;
  Building building;
  Forms forms;
  std::vector<Stage> stages;
  std::vector<std::string_view> critical;  ///< extensions that it processes, as OIDs' content
  KeyRules leaf_key;
  KeyRules ca_key;
  SignatureRules signatures;
  PurposeRules purpose;
  PathLength path_length = PathLength::rfc5280;
  std::chrono::seconds early{0};   ///< so long before its notBefore a certificate is valid already
  bool ends_at_not_after = false;  ///< a certificate is expired in the second of its notAfter
  bool fraction_counts = false;    ///< part of a second after notAfter is after it
  bool bare_root_is_ca = false;    ///< a trusted root needs no basicConstraints
  bool v1_anchor_is_ca = true;
  bool anchors_constrain = true;      ///< an anchor's own name constraints hold
  bool zero_key_usage_counts = true;  ///< a keyUsage without any bit forbids to sign
  bool revocation = false;            ///< lists that are at hand are used
  bool windows = false;               ///< by the verdict's own .NET view
  NameRules names;
  ConstraintRules constraints;
  StapleRules staples;
  Wording wording;
};

}  // namespace mailtap::certs::clients
