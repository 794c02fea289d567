#include "proxy/alerts/hook.h"

#include <utility>

namespace mailtap::alerts {

void HookQueue::put(Delivery delivery) {
  if (waiting_.size() >= max) {
    waiting_.pop_front();
    ++dropped_;
    if (!std::exchange(told_of_full_, true))
      warn("it is too slow, and more than " + std::to_string(max) +
           " alerts wait for it: the oldest are dropped");
  }
  waiting_.push_back(std::move(delivery));
}

std::optional<Delivery> HookQueue::next() {
  if (waiting_.empty()) {
    told_of_full_ = false;
    return std::nullopt;
  }
  auto first = std::move(waiting_.front());
  waiting_.pop_front();
  return first;
}

void HookQueue::drop_all() {
  if (waiting_.empty()) return;
  dropped_ += waiting_.size();
  warn(std::to_string(waiting_.size()) + " alerts that waited for it are dropped");
  waiting_.clear();
}

void HookQueue::failed(const std::string& why) {
  ++failed_;
  warn("an alert couldn't be delivered: " + why);
}

Stats::Hook HookQueue::stats() const {
  return {name_, delivered_, failed_, dropped_};
}

}  // namespace mailtap::alerts
