// What was looked up for the servers of a worker's connections. A connection never waits for it: the first to
// a server begins the look-up, later ones are judged by what it found.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <vector>

#include "proxy/fetch/lookup.h"

namespace mailtap::fetch {

/// One thread uses it.
class Lookups {
 public:
  explicit Lookups(const net::Network& network) : network_(network), cache_(network) {}

  /// What is known, null if nothing is yet. Begins to find out, again when it was long ago; meanwhile the old
  /// answer holds.
  std::shared_ptr<const LookupResult> find(const LookupRequest& request);
  /// Ends what is under way, so that the loop can end.
  void stop();

 private:
  static constexpr std::chrono::minutes lifetime{60};
  static constexpr std::chrono::minutes lifetime_of_failure{5};
  static constexpr std::size_t max_kept = 256;
  static constexpr std::size_t max_at_once = 16;

  struct Entry {
    std::unique_ptr<Lookup> lookup;  ///< null: none is under way
    std::shared_ptr<const LookupResult> result;
    std::uint64_t expires = 0;  ///< loop time, ms
  };
  using Key = std::array<std::uint8_t, 32>;
  void begin(const Key& key, const LookupRequest& request);
  void finished(const Key& key, LookupResult result);

  const net::Network network_;
  FetchCache cache_;
  std::map<Key, Entry> entries_;
  std::vector<std::unique_ptr<Lookup>> ended_;  ///< whose callback may still be on the stack
  std::size_t under_way_ = 0;
};

}  // namespace mailtap::fetch
