// OCSP (RFC 6960): what a responder says of certificates, as it answers and as servers staple it, and the
// request that is sent to it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "certs/model/certificate.h"

namespace mailtap::certs {

/// What of a certificate a response names it by (CertID, section 4.1.1).
struct OcspCertificateId {
  Bytes hash_algorithm;  ///< OID's content
  Bytes issuer_name_hash;
  Bytes issuer_key_hash;
  Bytes serial;  ///< INTEGER's content
};

enum class CertificateStatus : std::uint8_t { good, revoked, unknown };

/// Of one certificate (SingleResponse, section 4.2.1).
struct OcspSingle {
  OcspCertificateId id;
  CertificateStatus status = CertificateStatus::unknown;
  Time revoked_at;  ///< of revoked
  int reason = 0;   ///< CRLReason, of revoked
  Time this_update;
  std::optional<Time> next_update;
  Bytes timestamps;         ///< SignedCertificateTimestampList (RFC 6962 section 3.3); empty: none
  std::string unprocessed;  ///< OID of a critical extension that we don't process; empty: none
};

/// OCSPResponseStatus, section 4.2.1.
enum class OcspStatus : std::uint8_t {
  successful = 0,
  malformed_request = 1,
  internal_error = 2,
  try_later = 3,
  sig_required = 5,
  unauthorized = 6,
};
/// As the RFC spells it: "tryLater".
std::string_view to_string(OcspStatus status);

/// Immutable once parsed; views point into `der`. What comes after `status` is of a successful one alone.
struct OcspResponse {
  Buffer der;
  std::array<std::uint8_t, 32> sha256{};
  OcspStatus status = OcspStatus::successful;
  Bytes tbs;
  Algorithm signature_algorithm;
  Bytes signature;
  std::optional<DistinguishedName> responder_name;  ///< nothing: it is named by its key
  Bytes responder_key_hash;                         ///< SHA-1 of the key
  Time produced_at;
  std::vector<OcspSingle> singles;
  std::vector<Bytes> certificates;  ///< whole elements
  std::string unprocessed;          ///< OID of a critical extension that we don't process; empty: none

  /// What it says of `certificate`, issued by `issuer`; null: nothing.
  const OcspSingle* find(const Certificate& certificate, const Certificate& issuer) const;
  /// Is its signer named as that certificate is?
  bool names(const Certificate& signer) const;
  /// Who signed it, for a person: a name, or "key 0123...".
  std::string responder() const;

  OcspResponse() = default;
  OcspResponse(const OcspResponse&) = delete;
  OcspResponse& operator=(const OcspResponse&) = delete;
};

/// Far above any response of one certificate with a responder's certificate.
inline constexpr std::size_t max_ocsp_response = std::size_t{64} * 1024;

/// The error says what isn't as it should be, without naming a source.
Result<OcspPtr> parse_ocsp_response(Bytes der);

/// An OCSPRequest for one certificate, unsigned and without a nonce, by SHA-1 as every responder knows it
/// (RFC 5019 section 2.1.1).
Buffer ocsp_request(const Certificate& certificate, const Certificate& issuer);

/// Does the certificate demand that its server staples a response (RFC 7633, "must staple")?
bool demands_staple(const Certificate& certificate);

}  // namespace mailtap::certs
