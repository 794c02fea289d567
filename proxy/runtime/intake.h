// When a worker takes new connections. Those it doesn't take wait in the kernel's queue, where one takes next
// to nothing, and what a handshake needs is still in the processor's caches when its turn comes. It takes
// nobody
//
//   while the cryptography of those that it has fills its next batches;
//   while so many are under way as keep it busy: taken, not ended, and not at rest.
//
// The work that goes first is the same as if it took everybody. A connection is at rest if the worker has had
// time to spare since it was taken: then it isn't the worker that it waits for, but a peer that is far away
// or never goes on, or it has nothing to send. So a worker with little to do takes everybody, and one that
// such peers keep busy for more than seven eighths of the time another for each that ends or comes to rest.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

namespace mailtap::proxy {

/// Of one worker that batches, for its thread.
class Intake {
 public:
  struct Moment {
    std::chrono::nanoseconds time;    ///< of a clock that doesn't go back
    std::chrono::nanoseconds worked;  ///< the thread's processor time, in all
  };
  using Clock = std::function<Moment()>;
  /// A connection that was taken.
  using Ticket = std::uint64_t;

  explicit Intake(Clock clock) : clock_(std::move(clock)) {}

  /// A connection waits, and so many jobs do (crypto::Batcher::queued()). Nothing: it is to be left where it
  /// is.
  std::optional<Ticket> takes(std::size_t jobs_waiting);
  void ended(Ticket ticket);

  /// The loop has come round. True: those that were left are to be asked about again.
  bool next_turn(std::size_t jobs_waiting);

  /// Connections taken that something is kept of.
  std::size_t remembered() const { return taken_.size(); }

  /// Four full batches. At 64, 200 and 2,000 connections at once, 16 to 64 jobs came to the same.
  static constexpr std::size_t enough_jobs = 32;
  /// What they bring is known only when the loop has read from them.
  static constexpr std::size_t most_in_a_turn = 16;
  /// Eight batches of eight: those whose jobs are done, those whose jobs wait, and those whose peers have the
  /// turn. At 2,000 connections at once 48 to 96 come to the same, 256 to some 4 % more, all of them to 20.
  static constexpr std::size_t most_under_way = 64;
  /// A connection is at rest if the worker had so much of the time since it was taken to spare, an eighth,
  static constexpr int one_spare_of = 8;
  /// and has had time to go on with it at all;
  static constexpr std::chrono::milliseconds shortest{4};
  /// or after this.
  static constexpr std::chrono::milliseconds longest{250};

 private:
  struct Taken {
    Moment since;
    bool is_under_way = true;
  };
  void forget_those_at_rest(const Moment& now);
  static bool is_at_rest(const Moment& since, const Moment& now);

  Clock clock_;
  std::deque<Taken> taken_;  // the first that is under way, and all since: for `longest` at most
  Ticket first_ = 0;         // of taken_'s first
  std::size_t under_way_ = 0;
  std::size_t in_this_turn_ = 0;
  bool has_left_some_ = false;
};

}  // namespace mailtap::proxy
