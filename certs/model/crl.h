// Certificate revocation lists (RFC 5280 section 5). as we read them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "certs/model/certificate.h"

namespace mailtap::certs {

struct RevokedCertificate {
  Bytes serial;
  Time date;
  int reason = 0;  ///< CRLReason
};

/// Immutable once parsed; views point into `der`.
struct Crl {
  Buffer der;
  std::array<std::uint8_t, 32> sha256{};
  Bytes tbs;
  Algorithm signature_algorithm;
  Bytes signature;
  DistinguishedName issuer;
  Time this_update;
  std::optional<Time> next_update;
  std::vector<RevokedCertificate> revoked;  ///< sorted by serial
  std::optional<AuthorityKeyId> authority_key_id;

  // issuingDistributionPoint: what the list speaks of.
  bool only_user_certificates = false;
  bool only_ca_certificates = false;
  std::vector<Bytes> distribution_points;  ///< GeneralNames, whole elements

  bool is_delta = false;
  std::string unusable;     ///< why nothing can be concluded from it; empty: usable
  std::string off_profile;  ///< why RFC 5280's profile forbids it, though it is usable

  const RevokedCertificate* find(Bytes serial) const;

  Crl() = default;
  Crl(const Crl&) = delete;
  Crl& operator=(const Crl&) = delete;
};

Result<CrlPtr> parse_crl(Bytes der);

}  // namespace mailtap::certs
