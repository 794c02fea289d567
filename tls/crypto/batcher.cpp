#include "tls/crypto/batcher.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace mailtap::crypto {

namespace {

/// A connection that has the worker for itself does so many jobs in a row before the loop looks for I/O.
constexpr int most_alone = 8;

/// While a task runs, the jobs that mbedTLS's hooks submit are its own.
class Running {
 public:
  explicit Running(JobRunner& runner) { set_current_runner(&runner); }
  ~Running() { set_current_runner(nullptr); }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
};

}  // namespace

// --- gathering --------------------------------------------------------------------------------------------

void Batcher::step() {
  for (int i = 0; i < most_alone; ++i) {
    perform_next();
    while (!ready_.empty()) {
      auto& task = *ready_.front();
      ready_.pop_front();
      task.go_on();
    }
    if (queued_ != 1) return;
  }
}

void Batcher::perform_next() {
  auto* queue = next_queue();
  if (queue == nullptr) return;
  for (auto& other : queues_)
    if (!other.waiting.empty()) ++other.passed_over;
  queue->passed_over = 0;

  const auto size = std::min(queue->waiting.size(), batch_size);
  const auto end = queue->waiting.begin() + static_cast<std::ptrdiff_t>(size);
  std::array<Job*, batch_size> jobs{};
  std::transform(queue->waiting.begin(), end, jobs.begin(), [](const Task* task) { return task->job_; });
  perform_(std::span(jobs).first(size));
  ready_.assign(queue->waiting.begin(), end);
  queue->waiting.erase(queue->waiting.begin(), end);
  queued_ -= size;

  auto& counts = counts_[static_cast<std::size_t>(queue->kind)];
  counts.jobs += size;
  ++counts.batches_of[size];
}

/// Who has lost patience goes first, then who fills a batch best, then who has waited longer.
Batcher::Queue* Batcher::next_queue() {
  const auto rank = [](const Queue& queue) {
    return std::tuple(!queue.waiting.empty(), queue.passed_over >= patience,
                      std::min(queue.waiting.size(), batch_size), queue.passed_over);
  };
  const auto best = std::max_element(queues_.begin(), queues_.end(),
                                     [&](const Queue& a, const Queue& b) { return rank(a) < rank(b); });
  return best == queues_.end() || best->waiting.empty() ? nullptr : &*best;
}

Batcher::Queue& Batcher::queue_for(const Job& job) {
  const auto found = std::find_if(queues_.begin(), queues_.end(), [&](const Queue& queue) {
    return queue.kind == job.kind && queue.bits == job.bits;
  });
  if (found != queues_.end()) return *found;
  return queues_.emplace_back(Queue{job.kind, job.bits, {}, 0});
}

void Batcher::add(Task& task) {
  queue_for(*task.job_).waiting.push_back(&task);
  ++queued_;
}

void Batcher::forget(Task& task) {
  std::erase(ready_, &task);
  auto& queue = queue_for(*task.job_);
  const auto erased = std::erase(queue.waiting, &task);
  if (queue.waiting.empty()) queue.passed_over = 0;
  queued_ -= erased;
}

// --- tasks ------------------------------------------------------------------------------------------------

void Task::start(std::function<void()> function) {
  const Running scope(*this);
  fiber_.start(std::move(function));
}

void Task::run(Job& job) {
  job_ = &job;
  batcher_.add(*this);
  Fiber::suspend();
  job_ = nullptr;
}

void Task::go_on() {
  {
    const Running scope(*this);
    fiber_.resume();
  }
  if (waiting() || !wake_) return;
  const auto wake = wake_;  // not the member: it may go with the task
  wake();
}

void Task::finish_now() {
  while (waiting()) {
    batcher_.forget(*this);
    if (job_->status == JobStatus::pending) batcher_.perform_(std::span(&job_, 1));
    const Running scope(*this);
    fiber_.resume();
  }
}

}  // namespace mailtap::crypto
