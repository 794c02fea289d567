// Sessions that clients can resume: one cache a worker, so no lock.
#pragma once

#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "tls/session.h"

namespace mailtap::tls {

/// Bounded: the least recently used key leaves first.
class SessionCache {
 public:
  /// `capacity`: of keys; each holds at most `sessions_per_key`.
  explicit SessionCache(std::size_t capacity) : capacity_(capacity) {}

  /// `key`: all that has to be equal for a session to be resumed: route, upstream and name.
  void put(const std::string& key, SavedSession session);
  /// A session for `key` that hasn't expired. A single-use one leaves the cache.
  std::optional<SavedSession> take(const std::string& key, std::chrono::system_clock::time_point now);

  /// After a resumption failed: what is left for `key` would fail too.
  void forget(const std::string& key);

  std::size_t size() const { return entries_.size(); }

  /// Tickets of TLS 1.3 are for one connection each: as many connections at once can resume.
  static constexpr std::size_t sessions_per_key = 4;

 private:
  struct Entry {
    std::string key;
    std::vector<SavedSession> sessions;  ///< newest last
  };
  using Entries = std::list<Entry>;

  std::size_t capacity_;
  Entries entries_;  ///< most recently used first
  std::unordered_map<std::string, Entries::iterator> by_key_;
};

}  // namespace mailtap::tls
