// A bounded cache of what is costly to make: leaves, mirrored chains, keys. However many ask for the same at
// once, it is made once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "config/base/result.h"
#include "config/base/text.h"

namespace mailtap::certs {

struct CacheCounters {
  std::uint64_t hits = 0;
  std::uint64_t made = 0;
  std::uint64_t failed = 0;
  std::uint64_t evicted = 0;
  std::size_t size = 0;
};

/// Thread-safe; the least recently used entry makes room. Value is a shared_ptr.
template <class Value>
class MadeOnce {
 public:
  struct Made {
    Value value;
    Time renew_at = Time::max();  ///< from then on it is made anew
  };
  using Make = std::function<Result<Made>()>;

  explicit MadeOnce(std::size_t capacity) : capacity_(capacity) {}

  /// Null if it isn't there or is due for renewal.
  Value find(const std::string& key, Time now) {
    const std::lock_guard lock(mutex_);
    return find_locked(key, now);
  }

  /// Calls `make` in this thread, or waits for the one that is making it.
  Result<Value> get(const std::string& key, Time now, const Make& make) {
    std::unique_lock lock(mutex_);
    if (auto value = find_locked(key, now)) return value;
    if (const auto other = under_way_.find(key); other != under_way_.end()) {
      const auto result = other->second;
      lock.unlock();
      return result.get();
    }
    std::promise<Result<Value>> promise;
    under_way_.emplace(key, promise.get_future().share());
    lock.unlock();

    auto made = make();

    lock.lock();
    under_way_.erase(key);
    auto result = made.map([](const Made& one) { return one.value; });
    if (made)
      insert(key, std::move(*made));
    else
      ++counters_.failed;
    promise.set_value(result);
    return result;
  }

  CacheCounters counters() const {
    const std::lock_guard lock(mutex_);
    auto counters = counters_;
    counters.size = order_.size();
    return counters;
  }

 private:
  struct Entry {
    std::string key;
    Made made;
  };
  using Order = std::list<Entry>;

  Value find_locked(const std::string& key, Time now) {
    const auto found = entries_.find(key);
    if (found == entries_.end() || now >= found->second->made.renew_at) return nullptr;
    order_.splice(order_.begin(), order_, found->second);
    ++counters_.hits;
    return found->second->made.value;
  }

  void insert(const std::string& key, Made made) {
    ++counters_.made;
    if (const auto old = entries_.find(key); old != entries_.end()) {
      old->second->made = std::move(made);
      order_.splice(order_.begin(), order_, old->second);
      return;
    }
    order_.push_front({key, std::move(made)});
    entries_.emplace(key, order_.begin());
    if (order_.size() <= capacity_) return;
    entries_.erase(order_.back().key);
    order_.pop_back();
    ++counters_.evicted;
  }

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  Order order_;  ///< most recently used first
  std::unordered_map<std::string, typename Order::iterator> entries_;
  std::unordered_map<std::string, std::shared_future<Result<Value>>> under_way_;
  CacheCounters counters_;
};

}  // namespace mailtap::certs
