// A certificate's fields as they stand in its DER, for repeating them byte by byte. Nothing is judged here:
// whatever is inside a field, an unknown critical extension included, is only carried along.
#pragma once

#include <optional>
#include <vector>

#include <mbedtls/md.h>

#include "config/base/bytes.h"

namespace mailtap::certs::making {

struct RawExtension {
  Bytes oid;  ///< the whole element
  bool critical = false;
  Bytes value;  ///< what the OCTET STRING holds
};

/// Views of the certificate that was parsed: valid as long as its bytes are. Fields are whole elements.
struct RawCertificate {
  Bytes to_be_signed;
  Bytes version;  ///< empty: version 1
  Bytes serial;
  Bytes issuer;
  Bytes validity;
  Bytes subject;
  Bytes public_key;
  Bytes unique_ids;  ///< issuerUniqueID and subjectUniqueID; mostly empty
  std::vector<RawExtension> extensions;
  Bytes signature_algorithm;
  Bytes signature;  ///< the bits

  /// The extension's value, or nothing; `oid` is the whole element.
  std::optional<Bytes> extension(Bytes oid) const;
  Bytes subject_key_id() const;    ///< the identifier; empty: none
  Bytes authority_key_id() const;  ///< the keyIdentifier of the extension; empty: none
};

/// Nothing if it isn't a Certificate (RFC 5280 section 4.1).
std::optional<RawCertificate> parse_raw_certificate(Bytes der);

/// How a certificate is signed, as far as mbedTLS knows it.
struct SignatureScheme {
  mbedtls_md_type_t hash = MBEDTLS_MD_NONE;  ///< none: unknown
  bool is_rsa = false;
  bool is_pss = false;
};
SignatureScheme signature_scheme(const RawCertificate& certificate);

/// Whether `public_key` (subjectPublicKeyInfo) verifies the signature; nothing if mbedTLS can't tell.
std::optional<bool> is_signed_by(const RawCertificate& certificate, Bytes public_key);

}  // namespace mailtap::certs::making
