// What certificates, revocation lists, keys and the files around them say. Nothing here decides whether to
// trust them.
//
//   certificate.h  a certificate, and what it shares with lists and requests
//   extensions.h   its extensions, read; key.cpp its key, usage.h what a key may do
//   crl.h          a revocation list; ocsp.h what a responder says; stapled.h what a server adds of it
//   timestamps.h   signed certificate timestamps
//   signature.h    by which algorithm something is signed, and whether by a given key
//   names.h        servers' names; distinguished_name.h those of subjects and issuers
//   locations.h    where issuers and revocation lists are to be had
//   summary.h      a certificate in words
//   pem.h          what a file holds; content_kind.h what it is if it holds no certificate
//   identity.h     a chain with its key, as mbedTLS wants them
//   placeholder.h  a certificate in the place of one that mbedTLS can't read
//
// An X.509 certificate as we read it (RFC 5280 section 4): everything that path validation asks, and a
// list of what is wrong with it. Only what isn't a certificate at all fails to parse: an extension that
// we can't read is a flaw of a certificate, not the end of a handshake.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "certs/model/distinguished_name.h"
#include "certs/model/pointers.h"
#include "certs/model/usage.h"
#include "config/base/bytes.h"
#include "config/base/result.h"
#include "config/base/text.h"

namespace mailtap::certs {

struct Extension {
  Bytes oid;
  bool critical = false;
  Bytes value;
};

/// GeneralName's choices, numbered as their tags are.
enum class NameForm : std::uint8_t {
  other,
  email,
  dns,
  x400,
  directory,
  edi_party,
  uri,
  ip,
  registered_id,
};

struct GeneralName {
  NameForm form{};
  Bytes value;
  DistinguishedName directory;  ///< of form directory
};

struct NameConstraints {
  std::vector<GeneralName> permitted;
  std::vector<GeneralName> excluded;
};

struct PolicyMapping {
  Bytes issuer_policy;
  Bytes subject_policy;
};

struct PolicyConstraints {
  std::optional<int> require_explicit;
  std::optional<int> inhibit_mapping;
};

struct AuthorityKeyId {
  std::optional<Bytes> key_id;
  bool names_issuer = false;                ///< authorityCertIssuer is there
  bool names_serial = false;                ///< authorityCertSerialNumber is there
  std::optional<DistinguishedName> issuer;  ///< authorityCertIssuer's first directoryName
  Bytes serial;                             ///< INTEGER's content
};

enum class KeyType {
  rsa,
  ec,
  dsa,
  ed25519,
  ed448,
  other,  ///< known by name only: ML-DSA, SLH-DSA, GOST
  unknown,
};

inline constexpr std::string_view unreadable_key = "unreadable";

/// Of a subjectPublicKeyInfo; `text` is unreadable_key when it isn't one.
struct KeyInfo {
  KeyType type = KeyType::unknown;
  unsigned bits = 0;           ///< RSA modulus, EC field, DSA p; 0: not known
  std::string text;            ///< "RSA 2048", "RSA-PSS 2048", "EC P-256", "Ed25519"
  unsigned exponent_bits = 0;  ///< RSA's public exponent; 1 or an even one signs nothing
  bool exponent_odd = true;
  bool pss_only = false;  ///< RSA under id-RSASSA-PSS (RFC 4055 section 1.2), which verifies nothing else
  bool named = true;      ///< EC: a named curve, not explicit parameters
};

/// AlgorithmIdentifier.
struct Algorithm {
  Bytes oid;
  Bytes parameters;  ///< whole element; empty: absent
  Bytes whole;
};

/// Immutable once parsed. All views point into `der`, so a certificate neither moves nor copies.
struct Certificate {
  Buffer der;
  std::array<std::uint8_t, 32> sha256{};

  Bytes tbs;
  int version = 1;
  Bytes serial;  ///< INTEGER's content
  Algorithm signature_algorithm;
  Bytes signature;
  DistinguishedName issuer;
  Bytes issuer_der;  ///< the same, whole element
  DistinguishedName subject;
  Time not_before;
  Time not_after;
  bool time_form_off_profile = false;  ///< GeneralizedTime before 2050 (RFC 5280 section 4.1.2.5)
  bool has_unique_id = false;          ///< which RFC 5280 section 4.1.2.8 forbids CAs to write
  Bytes spki;
  KeyInfo key;

  std::vector<Extension> extensions;
  std::optional<BasicConstraints> basic_constraints;
  std::optional<std::uint32_t> key_usage;
  std::optional<std::vector<Bytes>> extended_key_usage;
  std::optional<std::vector<GeneralName>> subject_alt_name;
  std::optional<NameConstraints> name_constraints;
  std::optional<Bytes> subject_key_id;
  std::optional<AuthorityKeyId> authority_key_id;
  std::optional<std::vector<Bytes>> policies;
  std::vector<PolicyMapping> policy_mappings;
  std::optional<PolicyConstraints> policy_constraints;
  std::optional<int> inhibit_any_policy;

  std::vector<std::string> flaws;             ///< why it is malformed, though readable
  std::vector<Bytes> unreadable;              ///< OIDs of known extensions that can't be read
  std::vector<Bytes> repeated;                ///< OIDs of extensions that are there twice
  bool algorithms_differ = false;             ///< signatureAlgorithm, inside and outside
  std::vector<std::string> unknown_critical;  ///< OIDs of critical extensions that we don't process

  bool self_issued() const { return issuer == subject; }
  const Extension* find(std::string_view oid) const;
  bool critical(std::string_view oid) const;
  /// "expired certificate" wants a name: the CN, else the whole subject, else "certificate SERIAL".
  std::string short_name() const;

  Certificate() = default;
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;
};

/// The error says what isn't as it should be, without naming a source.
Result<CertificatePtr> parse_certificate(Bytes der);

// What CRLs and PKCS#7 share with certificates.

std::optional<Algorithm> parse_algorithm(const der::Element& element);
/// Extensions' content (a SEQUENCE of Extension); none if malformed. Duplicates are the caller's affair.
std::optional<std::vector<Extension>> parse_extensions(Bytes sequence);
std::optional<GeneralName> parse_general_name(const der::Element& element);
std::optional<std::vector<GeneralName>> parse_general_names(Bytes value);
std::optional<AuthorityKeyId> parse_authority_key_id(Bytes value);
KeyInfo describe_key(Bytes spki);
std::array<std::uint8_t, 32> sha256_of(Bytes bytes);

}  // namespace mailtap::certs
