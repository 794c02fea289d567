// A certificate's fields as they are written, for repeating it: whole elements, whatever they mean.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "certs/model/certificate.h"
#include "config/base/bytes.h"

namespace mailtap::certs {

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
  std::vector<Extension> extensions;
  Algorithm signature_algorithm;
  Bytes signature;  ///< the bits

  /// The extension's value, or nothing; `oid` is a constant of oids.h.
  std::optional<Bytes> extension(std::string_view oid) const;
  Bytes subject_key_id() const;    ///< the identifier; empty: none
  Bytes authority_key_id() const;  ///< the keyIdentifier of the extension; empty: none
};

/// Nothing if it isn't a Certificate (RFC 5280 section 4.1).
std::optional<RawCertificate> parse_raw_certificate(Bytes der);

/// Whether `public_key` (subjectPublicKeyInfo) verifies the signature; nothing if that can't be told here.
std::optional<bool> is_signed_by(const RawCertificate& certificate, Bytes public_key);

}  // namespace mailtap::certs
