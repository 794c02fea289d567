// Keys made ahead of need: an RSA key takes longer than a client waits gladly. And no more of them than a
// budget allows: strangers choose how many are asked for, and how long they are (a name in a hello, a
// server's chain).
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "certs/issue/private_key.h"

namespace mailtap::certs {

/// What keys may be made, in keys of RSA 2048: a burst, and then so many a second.
class KeyBudget {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr double burst = 40;
  static constexpr double each_second = 2;

  explicit KeyBudget(double its_burst = burst) : most_(its_burst), left_(its_burst) {}

  /// What a key costs: RSA's time grows with about the fourth power of the length.
  static double cost_of(KeySpec type);
  /// False: not now. A key that costs more than a burst is let through when there is a whole one.
  bool take(KeySpec type, Clock::time_point now);

 private:
  double most_;
  double left_;
  Clock::time_point filled_{};
};

/// Thread-safe. One background thread of low priority refills it.
class KeyPool {
 public:
  struct Stock {
    KeySpec type;
    std::size_t ahead;  ///< how many to keep ready
  };

  explicit KeyPool(const std::vector<Stock>& stocks, const KeyBudget& budget = KeyBudget());
  /// Ends the background thread, in the middle of a key if need be.
  ~KeyPool();
  KeyPool(const KeyPool&) = delete;
  KeyPool& operator=(const KeyPool&) = delete;

  /// A key that nobody else gets: a ready one, else one made now by the calling thread. When the budget is
  /// spent, one that was given out before, of that type if there is one: certificates that share a key are as
  /// good.
  Result<KeyPtr> take(KeySpec type);
  std::size_t ready(KeySpec type) const;

 private:
  struct Shelf {
    Stock stock;
    std::vector<KeyPtr> keys;
  };

  KeyPtr given_out(KeySpec type) const;
  void remember(KeySpec type, const KeyPtr& key);
  void refill();
  Shelf* shelf_to_fill();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Shelf> shelves_;
  KeyBudget budget_;
  std::vector<std::pair<KeySpec, KeyPtr>> given_out_;  // the last of each of a few types
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace mailtap::certs
