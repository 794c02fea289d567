// Sessions that clients can resume: one cache a worker, so no lock.
#pragma once

#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "tls/session.h"

namespace mailtap::tls {

/// Bounded per route and per name, so that no route's connections, nor a client that makes up names, push out
/// another route's sessions. Within a route the least recently used name leaves first.
class SessionCache {
 public:
  /// `per_route`: sessions, of all names together.
  explicit SessionCache(std::size_t per_route = 1024) : per_route_(per_route) {}

  /// `name`: all that has to be equal for a session to be resumed, within the route.
  void put(const std::string& route, const std::string& name, SavedSession session);
  /// A session for `name` that hasn't expired. A single-use one leaves the cache.
  std::optional<SavedSession> take(const std::string& route, const std::string& name,
                                   std::chrono::system_clock::time_point now);

  /// After a resumption failed: what is left for `name` would fail too.
  void forget(const std::string& route, const std::string& name);
  /// A route that is no more.
  void forget_route(const std::string& route) { routes_.erase(route); }

  /// Sessions that are held for the route.
  std::size_t size(const std::string& route) const;

  /// Tickets of TLS 1.3 are for one connection each: as many connections at once can resume. A ticket that
  /// finds no place is lost for good, as a connection that resumes brings only one for the one that it took.
  static constexpr std::size_t sessions_per_name = 256;

 private:
  struct Entry {
    std::string name;
    std::vector<SavedSession> sessions;  ///< newest last
  };
  using Entries = std::list<Entry>;
  struct Route {
    Entries entries;  ///< most recently used first
    std::unordered_map<std::string, Entries::iterator> by_name;
    std::size_t sessions = 0;

    void erase(Entries::iterator entry);
  };

  std::size_t per_route_;
  std::unordered_map<std::string, Route> routes_;
};

}  // namespace mailtap::tls
