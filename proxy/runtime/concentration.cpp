#include "proxy/runtime/concentration.h"

#include <algorithm>
#include <utility>

namespace mailtap::proxy {

namespace {

std::int64_t in_ns(Concentration::Time time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

}  // namespace

Concentration::Concentration(unsigned workers) : figures_(workers) {}

// --- by each worker ---------------------------------------------------------------------------------------

void Concentration::has_open(unsigned worker, std::size_t connections) {
  figures_[worker].open.store(connections, std::memory_order_relaxed);
}

void Concentration::begins_to_wait(unsigned worker, Time now) {
  figures_[worker].waiting_since.store(in_ns(now), std::memory_order_relaxed);
}

void Concentration::goes_on(unsigned worker, Time now) {
  auto& own = figures_[worker];
  const auto since = own.waiting_since.exchange(0, std::memory_order_relaxed);
  if (since == 0) return;
  own.waited.store(own.waited.load(std::memory_order_relaxed) + in_ns(now) - since,
                   std::memory_order_relaxed);
}

// --- the review -------------------------------------------------------------------------------------------

/// Of the time since the last review, in which it had something to do.
double Concentration::share_of(Figures& figures, std::int64_t now, std::int64_t since) const {
  const auto waiting_since = figures.waiting_since.load(std::memory_order_relaxed);
  auto waited = figures.waited.load(std::memory_order_relaxed);
  if (waiting_since != 0) waited += std::max<std::int64_t>(now - waiting_since, 0);
  const auto newly = waited - std::exchange(figures.waited_before, waited);
  return std::clamp(1 - static_cast<double>(newly) / static_cast<double>(now - since), 0.0, 1.0);
}

std::optional<Concentration::Choice> Concentration::review(Time at) {
  const auto now = in_ns(at);
  if (workers() < 2 || now < next_.load(std::memory_order_relaxed)) return std::nullopt;
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock || now <= last_) return std::nullopt;
  const bool is_first = last_ == 0;
  next_.store(now + std::chrono::nanoseconds(interval).count(), std::memory_order_relaxed);

  double busiest = 0, all = 0;
  for (auto& figures : figures_) {
    const auto share = share_of(figures, now, last_);
    busiest = std::max(busiest, share);
    all += share;
  }
  last_ = now;
  if (is_first) return choice_;
  if (busiest >= enough)
    choice_.count = std::min(choice_.count + 1, workers());
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

Concentration::Choice Concentration::choice() const {
  const std::lock_guard lock(mutex_);
  return choice_;
}

}  // namespace mailtap::proxy
