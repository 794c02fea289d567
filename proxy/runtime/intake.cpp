#include "proxy/runtime/intake.h"

#include <utility>

namespace mailtap::proxy {

std::optional<Intake::Ticket> Intake::takes(std::size_t jobs_waiting) {
  if (jobs_waiting >= enough_jobs || in_this_turn_ >= most_in_a_turn || !has_room()) {
    has_left_some_ = true;
    return std::nullopt;
  }
  ++in_this_turn_;
  ++under_way_;
  taken_.push_back({.since = clock_()});
  return first_ + taken_.size() - 1;
}

void Intake::ended(Ticket ticket) {
  if (ticket < first_) return;  // at rest
  under_way_ -= std::exchange(taken_[ticket - first_].is_under_way, false) ? 1 : 0;
  for (; !taken_.empty() && !taken_.front().is_under_way; ++first_) taken_.pop_front();
}

bool Intake::next_turn(std::size_t jobs_waiting) {
  in_this_turn_ = 0;
  return has_left_some_ && jobs_waiting < enough_jobs && has_room() && std::exchange(has_left_some_, false);
}

/// Those that are at rest are the first that were taken.
bool Intake::has_room() {
  if (under_way_ < most_under_way) return true;
  const auto now = clock_();
  while (!taken_.empty() && is_at_rest(taken_.front().since, now)) ended(first_);
  return under_way_ < most_under_way;
}

bool Intake::is_at_rest(const Moment& since, const Moment& now) {
  const auto passed = now.time - since.time, spare = passed - (now.worked - since.worked);
  return passed >= longest || (passed >= shortest && one_spare_of * spare >= passed);
}

}  // namespace mailtap::proxy
