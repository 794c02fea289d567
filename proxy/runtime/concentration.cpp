#include "proxy/runtime/concentration.h"

#include <algorithm>
#include <utility>

namespace mailtap::proxy {

namespace {

std::int64_t in_ns(Concentration::Time time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

}  // namespace

Concentration::Concentration(unsigned workers, std::function<bool()> has_idle_processor)
    : figures_(workers), has_idle_processor_(std::move(has_idle_processor)) {}

// --- by each worker ---------------------------------------------------------------------------------------

void Concentration::has_open(unsigned worker, std::size_t connections) {
  figures_[worker].open.store(connections, std::memory_order_relaxed);
}

void Concentration::has_worked(unsigned worker, std::chrono::nanoseconds time) {
  figures_[worker].worked.store(time.count(), std::memory_order_relaxed);
}

// --- the review -------------------------------------------------------------------------------------------

std::optional<Concentration::Choice> Concentration::review(Time at) {
  const auto now = in_ns(at);
  if (workers() < 2 || now < next_.load(std::memory_order_relaxed)) return std::nullopt;
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock || now <= last_) return std::nullopt;
  const bool is_first = last_ == 0;
  next_.store(now + std::chrono::nanoseconds(interval).count(), std::memory_order_relaxed);

  double busiest = 0, all = 0;
  for (auto& figures : figures_) {
    const auto worked = figures.worked.load(std::memory_order_relaxed);
    const auto newly = worked - std::exchange(figures.worked_before, worked);
    const auto share = static_cast<double>(newly) / static_cast<double>(now - last_);
    busiest = std::max(busiest, share);
    all += share;
  }
  last_ = now;
  if (is_first) return choice_;
  if (should_join(busiest))
    ++choice_.count;
  else if (choice_.count > 1 && all < little * (choice_.count - 1))
    --choice_.count;

  const auto open = [&](unsigned worker) {
    return figures_[worker % workers()].open.load(std::memory_order_relaxed);
  };
  unsigned least = 0;
  for (unsigned i = 1; i < workers(); ++i)
    if (open(i) < open(least)) least = i;
  for (unsigned i = 0; i < choice_.count && choice_.count < workers(); ++i)
    if (open(choice_.first + i) > open(least) + max_lead) choice_.first = least;
  return choice_;
}

/// Where every processor has something to do already, one more worker only takes connections out of the
/// others' batches.
bool Concentration::should_join(double busiest) {
  times_busy_ = busiest >= enough && choice_.count < workers() && has_idle_processor_() ? times_busy_ + 1 : 0;
  if (times_busy_ < times_enough) return false;
  times_busy_ = 0;
  return true;
}

Concentration::Choice Concentration::choice() const {
  const std::lock_guard lock(mutex_);
  return choice_;
}

}  // namespace mailtap::proxy
