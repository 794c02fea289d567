// Certificates and CRLs of any shape from plain structs: for the local CA and its leaves, for mirrored
// certificates, and for the faulty ones of the demonstration and the tests (RFC 5280 section 4).
//
//   CertificateSpec --+
//                     +--> build_certificate() --> DER
//   PrivateKey -------+
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <mbedtls/md.h>

#include "certs/asn1/oids.h"
#include "certs/issue/private_key.h"
#include "certs/model/usage.h"
#include "config/base/bytes.h"
#include "config/base/result.h"
#include "config/base/text.h"

namespace mailtap::certs {

/// A Name in DER from attribute types (CN, O, OU, C, L, ST, DC, emailAddress) and UTF-8 values, in that
/// order. A type that isn't in this list is left out.
Buffer name_of(const std::vector<std::pair<std::string_view, std::string>>& attributes);

/// An extension to be written; what was read is an Extension.
struct ExtensionSpec {
  std::string oid;  ///< content: a constant of oids.h
  bool critical = false;
  Buffer value;  ///< what the OCTET STRING holds
};

/// Each a DNS name ("example.com": it and all below) or an IP range ("192.0.2.0/24").
struct NameConstraintsSpec {
  std::vector<std::string> permitted;
  std::vector<std::string> excluded;
};

/// What is empty is left out of the certificate, but for the serial.
struct CertificateSpec {
  Buffer subject = name_of({});
  Buffer issuer = name_of({});
  Buffer serial;  ///< big-endian; empty: 16 random bytes
  Time not_before;
  Time not_after;
  Buffer public_key;  ///< subjectPublicKeyInfo, DER

  std::vector<std::string> names;   ///< subjectAltName: DNS names (A-labels, wildcards) and IP addresses
  std::vector<std::string> emails;  ///< subjectAltName: rfc822Name
  std::uint32_t key_usage = 0;      ///< of KeyUsage
  std::vector<std::string_view> extended_key_usage;  ///< constants of oids.h
  std::optional<BasicConstraints> basic_constraints;
  NameConstraintsSpec name_constraints;
  bool with_subject_key_id = true;
  Buffer authority_key_id;            ///< the issuer's key identifier
  std::vector<std::string> crl_urls;  ///< CDP
  std::vector<std::string> ca_issuer_urls;
  std::vector<ExtensionSpec> extensions;  ///< further ones, after those above

  mbedtls_md_type_t hash = MBEDTLS_MD_SHA256;
  Padding padding = Padding::pkcs1;
  bool version_1 = false;        ///< no extensions at all
  bool break_signature = false;  ///< flips a bit of it
};

/// Whether it can stand in a subjectAltName: a DNS name in ASCII or an IP address.
Result<void> check_name(const std::string& name);

/// The certificate in DER, signed with `signer`. Fails on a name that can't be encoded, or a hash that the
/// signer's key can't be used with.
Result<Buffer> build_certificate(const CertificateSpec& spec, const PrivateKey& signer);

/// The same for a TBSCertificate's fields that are DER already, in order, from the serial number on; between
/// serial and issuer the signature algorithm is put in.
struct RawFields {
  Buffer version;  ///< the whole [0] element; empty: version 1
  Buffer serial;   ///< the whole INTEGER
  Buffer issuer;
  Buffer validity;
  Buffer subject;
  Buffer public_key;
  Buffer after_public_key;  ///< unique identifiers and the [3] element of extensions; may be empty
};
Result<Buffer> build_certificate(const RawFields& fields, mbedtls_md_type_t hash, bool break_signature,
                                 const PrivateKey& signer, Padding padding = Padding::pkcs1);
/// The extensions that the spec's fields ask for, in the order of a certificate.
Result<std::vector<ExtensionSpec>> extensions_of(const CertificateSpec& spec);
/// The [3] element; nothing for none.
Buffer encode_extensions(const std::vector<ExtensionSpec>& extensions);

/// SHA-1 of the key's bits (RFC 5280 section 4.2.1.2, method 1). Empty if `public_key` isn't one.
Buffer key_identifier(Bytes public_key);

struct CrlSpec {
  Buffer issuer;
  Buffer authority_key_id;
  std::uint64_t number = 1;
  Time this_update;
  Time next_update;
  std::vector<std::pair<Buffer, Time>> revoked;  ///< serial and time of revocation
};
/// A version 2 CRL in DER, signed with SHA-256.
Result<Buffer> build_crl(const CrlSpec& spec, const PrivateKey& signer);

}  // namespace mailtap::certs
