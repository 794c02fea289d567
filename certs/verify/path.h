// Certification paths: from the leaf upwards over what the server sent and the anchors, with backtracking,
// by a bounded amount of work (RFC 4158 has the art of it).
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "certs/model/certificate.h"
#include "certs/model/signature.h"

namespace mailtap::certs {

/// What one verdict may cost, whatever a server sends.
struct PathLimits {
  std::size_t length = 24;       ///< certificates on a path
  std::size_t signatures = 128;  ///< verifications
  std::size_t steps = 4096;      ///< certificates tried as somebody's issuer
  std::size_t paths = 256;       ///< complete paths checked
  std::size_t sent = 256;        ///< certificates looked at of those sent
};

/// Certificates by subject, each once.
class CertificateSet {
 public:
  void add(CertificatePtr certificate);
  const std::vector<CertificatePtr>& with_subject(const DistinguishedName& name) const;
  bool contains(const Certificate& certificate) const;
  const std::vector<CertificatePtr>& all() const { return all_; }

 private:
  std::vector<CertificatePtr> all_;
  std::unordered_map<std::string, std::vector<CertificatePtr>> by_subject_;
  std::unordered_set<std::string> digests_;
};

/// What verify_signature looks at.
struct Signed {
  Bytes bytes;
  const Algorithm& algorithm;
  Bytes signature;
};

/// Verifies signatures of certificates and CRLs: each pair once, remembered, and no more than the budget.
class SignatureChecker {
 public:
  SignatureChecker(SignatureMemo& memo, std::size_t budget) : memo_(memo), left_(budget) {}
  /// After exhausted() nothing new is verified and every unknown pair is bad.
  SignatureCheck check(const Certificate& child, Bytes issuer_spki);
  /// The same of anything whose SHA-256 is `digest`.
  SignatureCheck check(const std::array<std::uint8_t, 32>& digest, const Signed& content, Bytes issuer_spki);
  bool exhausted() const { return exhausted_; }

 private:
  SignatureMemo& memo_;
  std::size_t left_;
  bool exhausted_ = false;
};

enum class PathEnd { anchor, self_signed, no_issuer };

struct Path {
  std::vector<CertificatePtr> certificates;  ///< leaf first
  PathEnd end = PathEnd::no_issuer;
  bool gave_up = false;  ///< ended by a limit
};

class PathBuilder {
 public:
  /// `visit` says whether to go on looking.
  using Visit = std::function<bool(const Path&)>;
  PathBuilder(const CertificateSet& sent, const CertificateSet& anchors, SignatureChecker& signatures,
              const PathLimits& limits)
      : sent_(sent), anchors_(anchors), signatures_(signatures), limits_(limits) {}

  /// Visits every path from the leaf, the likeliest first. Links whose signature is bad are followed only
  /// where there is no good one: such a path is wrong, but it shows what was meant.
  void build(const CertificatePtr& leaf, const Visit& visit);

 private:
  void extend();
  void finish(PathEnd end, bool gave_up = false);
  /// Who may have issued it, the likeliest first; signatures aren't verified yet.
  std::vector<CertificatePtr> candidates_for(const Certificate& child) const;
  void extend_with(const CertificatePtr& issuer);
  bool on_path(const Certificate& certificate) const;

  const CertificateSet& sent_;
  const CertificateSet& anchors_;
  SignatureChecker& signatures_;
  PathLimits limits_;
  Visit visit_;
  Path path_;
  std::size_t steps_ = 0;
  std::size_t paths_ = 0;
  bool stopped_ = false;
};

/// False when both have key identifiers and they differ: an issuer of that name, but with another key.
bool key_ids_may_match(const Certificate& child, const Certificate& issuer);

}  // namespace mailtap::certs
