// From the workers to the main thread: what ended connections say of their upstreams. Bounded, and a worker
// never waits.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <vector>

#include "inspect/alerts/sighting.h"

namespace mailtap::alerts {

/// Thread-safe.
class Inbox {
 public:
  static constexpr std::size_t default_max = 4096;

  explicit Inbox(std::size_t max = default_max) : max_(max) {}

  /// `wake` is called by whoever puts something into an empty inbox; null: nobody is woken any more. It must
  /// be quick (uv_async_send).
  void on_first(std::function<void()> wake);
  /// While nobody wants to hear, nothing is asked of workers.
  void set_open(bool open) { open_ = open; }
  bool is_open() const { return open_.load(std::memory_order_relaxed); }

  void put(Sighting sighting);
  std::vector<Sighting> take();
  /// How many found the inbox full, so far.
  std::uint64_t dropped() const { return dropped_; }

  SharedDeduplicator& deduplicator() { return deduplicator_; }

 private:
  const std::size_t max_;
  std::atomic<bool> open_{false};
  SharedDeduplicator deduplicator_;
  std::mutex mutex_;
  std::function<void()> wake_;
  std::vector<Sighting> sightings_;
  std::atomic<std::uint64_t> dropped_{0};
};

/// A worker's end of it.
class Reporter {
 public:
  explicit Reporter(Inbox& inbox) : inbox_(inbox), deduplicator_(inbox.deduplicator()) {}

  void ended(const inspect::ConnectionRecord& connection);

 private:
  Inbox& inbox_;
  Deduplicator deduplicator_;
};

}  // namespace mailtap::alerts
