// Verdicts that were found before. At steady state a connection's verdict is a hash of the chain and a
// comparison.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "certs/model/signature_memo.h"
#include "config/base/bytes.h"

namespace mailtap::certs {

class TrustStore;
struct Question;
struct Verdict;

/// The stack for a fiber that verifies: several times what the longest chain that is looked at takes.
inline constexpr std::size_t verification_stack = std::size_t{256} * 1024;

/// Keyed by the whole question: chain, name, profile, language, client, trust store. A verdict is handed out
/// again only within the window in which it can't change (Verdict::holds_from, holds_until). Not thread-safe:
/// one a worker, for all its fibers.
class VerdictCache {
 public:
  explicit VerdictCache(std::size_t capacity = 512) : capacity_(capacity) {}

  /// The remembered verdict, or a new one.
  std::shared_ptr<const Verdict> verify(const std::vector<Buffer>& sent, const TrustStore& anchors,
                                        const Question& question);

  std::size_t size() const { return entries_.size(); }
  std::size_t hits() const { return hits_; }
  std::size_t misses() const { return misses_; }

 private:
  struct Entry {
    std::vector<std::uint8_t> key;
    std::size_t hash = 0;
    std::shared_ptr<const Verdict> verdict;
  };
  using Entries = std::list<Entry>;

  void remember(std::size_t hash, Buffer key, std::shared_ptr<const Verdict> verdict);

  std::size_t capacity_;
  std::size_t hits_ = 0;
  std::size_t misses_ = 0;
  Buffer key_;       ///< of the question at hand; kept for its memory
  Entries entries_;  ///< the last used first
  std::unordered_map<std::size_t, Entries::iterator> by_hash_;
  SignatureMemo signatures_;
};

}  // namespace mailtap::certs
