// What a trust store holds.
#pragma once

#include <vector>

#include "certs/verify/path.h"
#include "certs/verify/revocation.h"
#include "certs/verify/trust_store.h"

namespace mailtap::certs {

struct TrustStore::Contents {
  CertificateSet anchors;
  CertificateSet public_roots;   ///< the system's, whether they are anchors or not: they tell a public CA
  CertificateSet intermediates;  ///< the system's where it is trusted: no anchors, they complete chains
  RevocationLists lists;
  std::array<std::uint8_t, 32> identity{};  ///< stores of equal identity give equal verdicts
};

}  // namespace mailtap::certs
