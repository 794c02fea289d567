#include "tls/crypto/batcher.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace mailtap::crypto {

namespace {

/// A connection that has the worker for itself does so many jobs in a row before the loop looks for I/O.
constexpr int max_alone = 8;

/// While a task runs, the jobs that mbedTLS's hooks submit are its own.
class Running {
 public:
  explicit Running(JobRunner& runner) { set_current_runner(&runner); }
  ~Running() { set_current_runner(nullptr); }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
};

}  // namespace

// --- batching --------------------------------------------------------------------------------------------

void Batcher::step() {
  delaying_ = false;
  for (int i = 0; i < max_alone; ++i) {
    auto* queue = next_queue();
    if (queue == nullptr) return;
    perform_first_of(*queue);
    while (!ready_.empty()) {
      auto& task = *ready_.front();
      ready_.pop_front();
      task.advance();
    }
    if (queued_ != 1) return;
  }
}

void Batcher::perform_first_of(Queue& queue) {
  for (auto& other : queues_)
    if (!other.waiting.empty()) ++other.passed_over;
  queue.passed_over = 0;

  const auto size = std::min(queue.waiting.size(), queue.full);
  const auto end = queue.waiting.begin() + static_cast<std::ptrdiff_t>(size);
  std::array<Job*, batch_size> jobs{};
  std::transform(queue.waiting.begin(), end, jobs.begin(), [](const Task* task) { return task->job_; });
  perform(std::span(jobs).first(size));
  ready_.assign(queue.waiting.begin(), end);
  queue.waiting.erase(queue.waiting.begin(), end);
  queued_ -= size;
}

void Batcher::perform(std::span<Job* const> jobs) {
  perform_(jobs);
  auto& counts = counts_[static_cast<std::size_t>(jobs.front()->kind)];
  counts.jobs += jobs.size();
  ++counts.batches_of[jobs.size()];
}

/// Whose batch is to be done now. None: there are no jobs, or those that there are should wait for more.
Batcher::Queue* Batcher::next_queue() {
  const bool news = std::exchange(news_, false);
  auto* const best = best_queue([](const Queue&) { return true; });
  if (best == nullptr || best->lacks() == 0 || best->passed_over >= patience) return best;
  // What has just come may not have been all: another look costs less than a batch that isn't full.
  if (news && queued_ > 1) return nullptr;
  if (tasks_ < batching_threshold) return best;
  auto* const rested = best_queue(
      [now = now_()](const Queue& queue) { return now - queue.waiting.front()->since_ >= max_batch_delay; });
  delaying_ = rested == nullptr;
  return rested;
}

/// Who has lost patience goes first, then who fills a batch best, then who has waited longer.
template <class Accept>
Batcher::Queue* Batcher::best_queue(Accept accept) {
  const auto rank = [](const Queue& queue) {
    const auto share = (queue.full - queue.lacks()) * batch_size / queue.full;
    return std::tuple(queue.passed_over >= patience, share, queue.passed_over);
  };
  Queue* best = nullptr;
  for (auto& queue : queues_) {
    if (queue.waiting.empty() || !accept(queue)) continue;
    if (best == nullptr || rank(*best) < rank(queue)) best = &queue;
  }
  return best;
}

Batcher::Queue& Batcher::queue_for(const Job& job) {
  const auto found = std::find_if(queues_.begin(), queues_.end(), [&](const Queue& queue) {
    return queue.kind == job.kind && queue.bits == job.bits;
  });
  if (found != queues_.end()) return *found;
  return queues_.emplace_back(
      Queue{.kind = job.kind, .bits = job.bits, .full = full_batch(job.kind, job.bits)});
}

void Batcher::add(Task& task) {
  auto& queue = queue_for(*task.job_);
  task.since_ = now_();
  queue.waiting.push_back(&task);
  ++queued_;
  news_ = true;
}

void Batcher::forget(Task& task) {
  std::erase(ready_, &task);
  auto& queue = queue_for(*task.job_);
  const auto erased = std::erase(queue.waiting, &task);
  if (queue.waiting.empty()) queue.passed_over = 0;
  queued_ -= erased;
}

std::string describe_batches(const Batcher& batcher) {
  constexpr std::uint64_t fewest = 1000;
  std::string text;
  for (std::size_t i = 0; i < job_kinds; ++i) {
    const auto kind = static_cast<JobKind>(i);
    const auto& counts = batcher.counts(kind);
    const auto batches =
        std::accumulate(counts.batches_of.begin(), counts.batches_of.end(), std::uint64_t{0});
    if (counts.jobs < fewest || batches == 0) continue;
    const auto tenths = (counts.jobs * 10 + batches / 2) / batches;
    text += (text.empty() ? "" : ", ") + std::string(to_string(kind)) + ' ' + std::to_string(tenths / 10) +
            '.' + std::to_string(tenths % 10);
  }
  return text;
}

// --- tasks ------------------------------------------------------------------------------------------------

void Task::start(std::function<void()> function) {
  {
    const Running scope(*this);
    fiber_.start(std::move(function));
  }
  for (int i = 0; i < max_alone && waiting() && batcher_.has_one_connection(); ++i) perform_alone();
}

void Task::perform_alone() {
  batcher_.forget(*this);
  if (job_->status == JobStatus::pending) batcher_.perform(std::span(&job_, 1));
  const Running scope(*this);
  fiber_.resume();
}

void Task::run(Job& job) {
  job_ = &job;
  batcher_.add(*this);
  Fiber::suspend();
  job_ = nullptr;
}

void Task::advance() {
  {
    const Running scope(*this);
    fiber_.resume();
  }
  if (waiting() || !wake_) return;
  const auto wake = wake_;  // not the member: it may go with the task
  wake();
}

void Task::finish_now() {
  while (waiting()) perform_alone();
}

}  // namespace mailtap::crypto
