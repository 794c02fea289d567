// When a worker takes new connections: not while the cryptography of those that it has fills its next
// batches. Then they wait in the kernel's queue instead, where one takes next to nothing, and what a
// handshake needs is still in the processor's caches when its turn comes. Nobody waits for longer than
// before: the work that goes first is the same.
//
// It is cryptography that waits that counts, which is done within milliseconds, and not open handshakes,
// whose clients may never go on.
#pragma once

#include <cstddef>
#include <utility>

namespace mailtap::proxy {

/// Of one worker that batches, for its thread.
class Intake {
 public:
  /// A connection waits, and so many jobs do (crypto::Batcher::queued()). False: it is to be left where it
  /// is.
  bool takes(std::size_t jobs_waiting) {
    if (jobs_waiting >= enough_jobs || taken_ >= most_in_a_turn) {
      has_left_some_ = true;
      return false;
    }
    ++taken_;
    return true;
  }

  /// The loop has come round. True: those that were left are to be asked about again.
  bool next_turn(std::size_t jobs_waiting) {
    taken_ = 0;
    return jobs_waiting < enough_jobs && std::exchange(has_left_some_, false);
  }

  /// Four full batches. At 64, 200 and 2,000 connections at once, 16 to 64 jobs came to the same.
  static constexpr std::size_t enough_jobs = 32;
  /// What they bring is known only when the loop has read from them.
  static constexpr std::size_t most_in_a_turn = 16;

 private:
  std::size_t taken_ = 0;
  bool has_left_some_ = false;
};

}  // namespace mailtap::proxy
