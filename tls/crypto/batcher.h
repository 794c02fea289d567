// Handshakes of many connections take turns, so that their expensive operations are done eight at a time.
//
//   Task (a fiber) --Job--> Batcher: one queue per kind of job --step()--> perform_batch() --> tasks go on
//
// A task runs a function on a fiber; where it comes to a Job it is suspended and the job is queued. The loop
// calls step() when all that was readable has been read: one batch is done, and its tasks go on until they
// come to their next job or to their end. So
//
// - jobs are performed, and tasks go on, on the loop's stack and turn, never inside one another;
// - between two batches the loop looks for I/O, which may bring more jobs and keeps one busy connection from
//   holding up others;
// - a batch that isn't full is done when the loop found nothing more to read, or sooner if its jobs would
//   wait too long. A job that is alone is done at once, and those of a connection that is alone before
//   start() returns: the loop's turn between would be latency alone;
// - where `batching_threshold` handshakes are under way, such a batch, if only of one job, is delayed for up
// to
//   `max_batch_delay`, and the loop waits meanwhile: woken by each message of each connection it would spend
//   what the fuller batch saves. Among so many everybody waits for longer than that anyway.
//
// So a job waits for the jobs of its kind before it, and for at most `patience` + the number of kinds batches
// of other kinds; from `batching_threshold` on for `max_batch_delay` and a `poll_delay` besides.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "tls/crypto/fiber.h"
#include "tls/crypto/job.h"

namespace mailtap::crypto {

class Task;

/// One per worker, for its thread only. Outlives its tasks.
class Batcher {
 public:
  /// Does 1 to batch_size jobs that can_share().
  using Perform = std::function<void(std::span<Job* const>)>;

  using Clock = std::chrono::steady_clock;
  using Now = std::function<Clock::time_point()>;

  explicit Batcher(Perform perform = perform_batch, Now now = Clock::now)
      : perform_(std::move(perform)), now_(std::move(now)) {}
  Batcher(const Batcher&) = delete;
  Batcher& operator=(const Batcher&) = delete;

  /// The next batch, if there is one that should be done now. While has_work(), the loop must come back here
  /// without waiting for I/O; if is_delaying(), after poll_delay.
  void step();
  bool has_work() const { return queued_ > 0; }
  bool is_delaying() const { return delaying_; }
  /// Jobs that wait.
  std::size_t queued() const { return queued_; }
  /// That there are, waiting or not.
  std::size_t tasks() const { return tasks_; }

  StackPool& stacks() { return stacks_; }

  /// What was done, by kind of job.
  struct Counts {
    std::uint64_t jobs = 0;
    std::array<std::uint64_t, batch_size + 1> batches_of{};  ///< by the number of jobs in them
  };
  const Counts& counts(JobKind kind) const { return counts_[static_cast<std::size_t>(kind)]; }

  /// After so many batches of other kinds a job's kind goes before fuller ones.
  static constexpr unsigned patience = 8;
  /// Handshakes that fill batches if one waits for them.
  static constexpr std::size_t batching_threshold = 32;
  /// Since its first job came.
  static constexpr std::chrono::microseconds max_batch_delay{3000};
  static constexpr std::chrono::microseconds poll_delay{500};

 private:
  friend class Task;
  struct Queue {
    JobKind kind{};
    std::uint16_t bits = 0;
    std::size_t full = batch_size;  ///< jobs in a batch that doesn't gain by more
    std::deque<Task*> waiting{};
    unsigned passed_over = 0;  ///< batches of other kinds since its turn

    std::size_t lacks() const { return full - std::min(waiting.size(), full); }
  };

  /// The two handshakes of one, and of them one job waits.
  bool has_one_connection() const { return tasks_ <= 2 && queued_ == 1 && ready_.empty(); }
  /// Jobs of one kind at once, and counts them.
  void perform(std::span<Job* const> jobs);
  void add(Task& task);
  /// A task that won't wait any longer; it may be among those about to go on.
  void forget(Task& task);
  Queue& queue_for(const Job& job);
  Queue* next_queue();
  template <class Accept>
  Queue* best_queue(Accept accept);
  void perform_first_of(Queue& queue);

  Perform perform_;
  Now now_;
  StackPool stacks_;
  std::vector<Queue> queues_;
  std::size_t queued_ = 0;
  std::size_t tasks_ = 0;  ///< that there are, queued or not
  bool news_ = false;      ///< a job came since the last step
  bool delaying_ = false;
  std::deque<Task*> ready_;  ///< whose jobs are done
  std::array<Counts, job_kinds> counts_;
};

/// "p256_sign 6.2, x25519_shared_secret 7.9": of each kind the mean number of jobs in a batch. Empty if so
/// few were done that it says nothing.
std::string describe_batches(const Batcher& batcher);

/// A function that may wait for its jobs. Its owner may destroy it at any time, on the batcher's thread: what
/// is left of the function is then done first, without batching, so that nothing it holds is lost or leaked.
class Task final : private JobRunner {
 public:
  /// `wake` is called from Batcher::step() when a function that had to wait has ended. It may destroy the
  /// task.
  Task(Batcher& batcher, std::function<void()> wake) : Task(batcher, batcher.stacks(), std::move(wake)) {}
  /// On stacks of another size.
  Task(Batcher& batcher, StackPool& stacks, std::function<void()> wake)
      : batcher_(batcher), fiber_(stacks), wake_(std::move(wake)) {
    ++batcher_.tasks_;
  }
  ~Task() override {
    finish_now();
    --batcher_.tasks_;
  }

  /// Runs `function` to its end, or to its first job that others may share: then waiting(). Not from within a
  /// task.
  void start(std::function<void()> function);
  bool waiting() const { return fiber_.suspended(); }
  /// Ends the waiting: what is left of the function is done now. wake isn't called.
  void finish_now();

 private:
  friend class Batcher;
  void run(Job& job) override;
  void advance();
  /// The job that it waits for; then it goes on.
  void perform_alone();

  Batcher& batcher_;
  Fiber fiber_;
  std::function<void()> wake_;
  Job* job_ = nullptr;                ///< while waiting
  Batcher::Clock::time_point since_;  ///< when it came to it
};

}  // namespace mailtap::crypto
