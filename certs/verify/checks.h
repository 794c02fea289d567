// Is a path good? Every fault on it, at its place (RFC 5280 section 6.1, and what a TLS server's
// certificate must be for).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "certs/verify/path.h"
#include "certs/verify/question.h"
#include "certs/verify/revocation.h"
#include "certs/verify/verdict.h"
#include "config/base/days.h"

namespace mailtap::certs {

/// Where each certificate stands in the chain as sent.
class Positions {
 public:
  /// The first of equal certificates counts.
  void add(const Certificate& certificate, std::size_t position);
  void set_sent(std::size_t count) { sent_ = count; }
  /// One past the end for a certificate that wasn't sent.
  std::size_t of(const Certificate& certificate) const;

 private:
  std::map<std::array<std::uint8_t, 32>, std::size_t> positions_;
  std::size_t sent_ = 0;
};

struct CheckContext {
  const Question& question;
  const Positions& positions;
  const CertificateSet& anchors;
  const CertificateSet& sent;  ///< but for the leaf
  const RevocationLists& lists;
  SignatureChecker& signatures;
  std::size_t& comparisons;  ///< of names with constraints, on all paths together
};

std::vector<Finding> check_path(const Path& path, const CheckContext& context);

/// Of a CRLReason (RFC 5280 section 5.3.1).
std::string reason_text(int reason);

}  // namespace mailtap::certs
