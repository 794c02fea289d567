#include "proxy/runtime/intake.h"

#include <utility>

namespace mailtap::proxy {

std::optional<Intake::Ticket> Intake::takes(std::size_t jobs_waiting) {
  const auto now = clock_();
  forget_those_at_rest(now);
  if (jobs_waiting >= enough_jobs || in_this_turn_ >= most_in_a_turn || under_way_ >= most_under_way) {
    has_left_some_ = true;
    return std::nullopt;
  }
  ++in_this_turn_;
  ++under_way_;
  taken_.push_back({.since = now});
  return first_ + taken_.size() - 1;
}

void Intake::ended(Ticket ticket) {
  if (ticket < first_) return;  // at rest
  under_way_ -= std::exchange(taken_[ticket - first_].is_under_way, false) ? 1 : 0;
  for (; !taken_.empty() && !taken_.front().is_under_way; ++first_) taken_.pop_front();
}

bool Intake::next_turn(std::size_t jobs_waiting) {
  in_this_turn_ = 0;
  if (!has_left_some_ || jobs_waiting >= enough_jobs) return false;
  if (under_way_ >= most_under_way) forget_those_at_rest(clock_());
  return under_way_ < most_under_way && std::exchange(has_left_some_, false);
}

/// They are the first that were taken.
void Intake::forget_those_at_rest(const Moment& now) {
  while (!taken_.empty() && is_at_rest(taken_.front().since, now)) ended(first_);
}

bool Intake::is_at_rest(const Moment& since, const Moment& now) {
  const auto passed = now.time - since.time, spare = passed - (now.worked - since.worked);
  return passed >= longest || (passed >= shortest && one_spare_of * spare >= passed);
}

}  // namespace mailtap::proxy
