// What was asked of others about a certificate, when the user wanted that (--fetch-aia, --fetch-crl,
// --fetch-ocsp).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "certs/verify/fault.h"

namespace mailtap::inspect {

/// What AIA would make of an incomplete chain.
struct Completion {
  bool reaches_root = false;
  std::vector<certs::Fault> faults;  ///< of the completed chain; none: trusted
  std::string detail;                ///< why it doesn't
};

/// A revocation list that was asked for.
struct RevocationList {
  std::string url;      ///< empty: a certificate names none, or none that can be read
  std::string problem;  ///< why it can't be used; empty: the verdict is by it
};

/// An OCSP responder that was asked about a certificate.
struct ResponderAnswer {
  std::string url;      ///< empty: a certificate names one that can't be asked
  std::string problem;  ///< why its answer can't be used; empty: the verdict is by it
};

struct LookedUp {
  std::optional<Completion> completion;
  std::optional<std::vector<RevocationList>> lists;
  std::optional<std::vector<ResponderAnswer>> responses;
};

}  // namespace mailtap::inspect
