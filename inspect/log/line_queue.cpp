#include "inspect/log/line_queue.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace mailtap::inspect {

void LineQueue::put(Kind kind, std::string text, std::string_view route) {
  std::unique_lock lock(mutex_);
  Line line{std::move(text), number_of(route), next_order_++};
  if (kind == Kind::other) {
    if (others_.size() >= bound_) {
      lose(others_.front());
      others_.pop_front();
    }
    others_.push_back(std::move(line));
  } else {
    exchanges_[line.route].push_back(std::move(line));
    if (++exchange_count_ > bound_) {
      auto& most = *std::max_element(exchanges_.begin(), exchanges_.end(),
                                     [](const auto& a, const auto& b) { return a.size() < b.size(); });
      lose(most.front());
      most.pop_front();
      --exchange_count_;
    }
  }
  const bool sleeps = std::exchange(is_waiting_, false);
  lock.unlock();
  if (sleeps) waiting_.notify_one();
}

void LineQueue::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  waiting_.notify_one();
}

void LineQueue::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  waiting_.notify_one();
}

std::optional<LineQueue::Taken> LineQueue::take() {
  std::unique_lock lock(mutex_);
  while (others_.empty() && exchange_count_ == 0 && losses_.empty() && !woken_ && !ended_) {
    is_waiting_ = true;
    waiting_.wait(lock);
  }
  is_waiting_ = woken_ = false;
  if (ended_ && others_.empty() && exchange_count_ == 0 && losses_.empty()) return std::nullopt;
  Taken taken;
  taken.lost.swap(losses_);
  taken.lines.reserve(others_.size() + exchange_count_);
  const auto move_all = [&](std::deque<Line>& from) {
    std::move(from.begin(), from.end(), std::back_inserter(taken.lines));
    from.clear();
  };
  move_all(others_);
  for (auto& of_route : exchanges_) move_all(of_route);
  exchange_count_ = 0;
  lock.unlock();
  std::sort(taken.lines.begin(), taken.lines.end(),
            [](const Line& a, const Line& b) { return a.order < b.order; });
  return taken;
}

std::string LineQueue::route_name(std::uint32_t route) const {
  const std::lock_guard lock(mutex_);
  return names_.at(route);
}

std::uint64_t LineQueue::lost() const {
  const std::lock_guard lock(mutex_);
  return lost_;
}

/// A name that is new here, after a reload, is added; they are few.
std::uint32_t LineQueue::number_of(std::string_view route) {
  const auto known = numbers_.find(route);
  if (known != numbers_.end()) return known->second;
  const auto number = static_cast<std::uint32_t>(names_.size());
  numbers_.emplace(route, number);
  names_.emplace_back(route);
  exchanges_.emplace_back();
  return number;
}

void LineQueue::lose(const Line& line) {
  ++lost_;
  ++losses_[line.route];
}

}  // namespace mailtap::inspect
