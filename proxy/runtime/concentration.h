// Which workers take new connections: as few as suffice, one alone as a rule. Eight like operations of
// different connections cost little more than two when they are done together, and connections of two workers
// never are.
//
//   each worker: how long it has worked, how many connections it has
//   review()     a worker is busy all the time and a processor isn't: one more joins; those that
//                take could do with one less: it leaves
//
// So that connections which stay don't gather at one worker, another takes the new ones as soon as it has
// `max_lead` less. Knows no sockets: proxy/net/steering.h does what it says.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
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

  /// `has_idle_processor`: the machine has; asked by a worker that is busy.
  explicit Concentration(unsigned workers, std::function<bool()> has_idle_processor);
  unsigned workers() const { return static_cast<unsigned>(figures_.size()); }

  // By each worker, of itself, on its thread.
  void has_open(unsigned worker, std::size_t connections);
  /// `time`: of its thread on a processor, in all. Every few milliseconds, while it has something to do.
  void has_worked(unsigned worker, std::chrono::nanoseconds time);

  /// Whose turn it is from now on; nothing: the last review was a moment ago. By any worker when a connection
  /// has come: without any there is nothing to be shared out.
  std::optional<Choice> review(Time now);
  Choice choice() const;

  static constexpr std::chrono::milliseconds interval{100};
  /// Of the time between two reviews that a worker's thread was on a processor.
  static constexpr double enough = 0.95;
  /// Reviews in a row at which it was so, with a processor idle: a look at the machine is one at a moment.
  static constexpr unsigned times_enough = 3;
  /// Of what one less would have to do.
  static constexpr double little = 0.75;
  /// Connections.
  static constexpr std::size_t max_lead = 256;

 private:
  /// Of one worker; a cache line, since each writes its own.
  struct alignas(64) Figures {
    std::atomic<std::size_t> open{0};
    std::atomic<std::int64_t> worked{0};  // ns, in all
    std::int64_t worked_before = 0;       // at the last review
  };

  bool should_join(double busiest);

  std::vector<Figures> figures_;
  const std::function<bool()> has_idle_processor_;
  std::atomic<std::int64_t> next_{0};
  mutable std::mutex mutex_;  // guards what follows, and worked_before
  std::int64_t last_ = 0;
  unsigned times_busy_ = 0;  // reviews in a row
  Choice choice_;
};

}  // namespace mailtap::proxy
