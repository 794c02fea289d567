// Certificate revocation lists (RFC 5280 section 5). They fail closed: a list that speaks for an issuer but
// can't be relied on leaves the certificate's state unknown, which is a fault, never "not revoked".
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "certs/certificate.h"
#include "certs/path.h"
#include "certs/verdict.h"

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

using CrlPtr = std::shared_ptr<const Crl>;

Result<CrlPtr> parse_crl(Bytes der);

struct RevocationLists {
  std::vector<CrlPtr> crls;
  /// Why, by their URL; of a certificate whose lists have none that can be read, by nameless_list.
  std::map<std::string, std::string> unavailable;
};

/// What RevocationLists::unavailable has instead of a URL.
std::string nameless_list(const Certificate& certificate);

struct RevocationState {
  enum { good, not_covered, revoked, unknown } state = not_covered;
  std::string detail;  ///< of revoked and unknown
};

/// What the lists say of `certificate`, issued by `issuer`. A list of that issuer's name counts when it
/// is within its dates, signed by that issuer and meant for such certificates.
RevocationState revocation_of(const Certificate& certificate, const Certificate& issuer,
                              const RevocationLists& lists, const Question& question,
                              SignatureChecker& signatures);

}  // namespace mailtap::certs
