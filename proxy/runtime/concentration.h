// Which workers take new connections: as few as suffice, one alone as a rule. Eight like operations of
// different connections cost little more than two when they are done together, and connections of two workers
// never are.
//
//   each worker: how long it waits for something to do, how many connections it has
//   review()     a worker is busy all the time: one more joins; those that take could do with one less: it
//   leaves
//
// So that connections which stay don't gather at one worker, another takes the new ones as soon as it has
// `max_lead` less. Knows no sockets: proxy/net/steering.h does what it says.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace mailtap::proxy {

/// Shared by all workers.
class Concentration {
 public:
  using Time = std::chrono::steady_clock::time_point;

  struct Choice {
    unsigned first = 0;
    unsigned count = 1;  ///< workers from `first` on, after the last from 0 on
    bool operator==(const Choice&) const = default;
  };

  explicit Concentration(unsigned workers);
  unsigned workers() const { return static_cast<unsigned>(figures_.size()); }

  // By each worker, of itself, on its thread.
  void has_open(unsigned worker, std::size_t connections);
  void begins_to_wait(unsigned worker, Time now);
  void goes_on(unsigned worker, Time now);

  /// Whose turn it is from now on; nothing: the last review was a moment ago. By any worker when a connection
  /// has come: without any there is nothing to be shared out.
  std::optional<Choice> review(Time now);
  Choice choice() const;

  static constexpr std::chrono::milliseconds interval{100};
  /// Of the time between two reviews that a worker didn't wait for anything.
  static constexpr double enough = 0.97;
  /// Of what one less would have to do.
  static constexpr double little = 0.75;
  /// Connections.
  static constexpr std::size_t max_lead = 256;

 private:
  /// Of one worker; a cache line, since each writes its own.
  struct alignas(64) Figures {
    std::atomic<std::size_t> open{0};
    std::atomic<std::int64_t> waited{0};         // ns, in all
    std::atomic<std::int64_t> waiting_since{0};  // ns; 0: it doesn't wait
    std::int64_t waited_before = 0;              // at the last review
  };
  double share_of(Figures& figures, std::int64_t now, std::int64_t since) const;

  std::vector<Figures> figures_;
  std::atomic<std::int64_t> next_{0};
  mutable std::mutex mutex_;  // guards what follows, and waited_before
  std::int64_t last_ = 0;
  Choice choice_;
};

}  // namespace mailtap::proxy
