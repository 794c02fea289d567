// How often something may be told: a bucket of tokens that fills with time.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "inspect/alerts/alert.h"

namespace mailtap::alerts {

/// So many at once, and from then on one each `every`.
struct Rate {
  unsigned burst = 1;
  std::chrono::milliseconds every{1'000};
};

class Bucket {
 public:
  explicit Bucket(Rate rate) : rate_(rate), tokens_(rate.burst) {}

  bool has_token(Clock::time_point now) {
    fill(now);
    return tokens_ > 0;
  }
  void take() { --tokens_; }

 private:
  /// A clock that is set back begins anew: nothing is held back for longer than `every` by it.
  void fill(Clock::time_point now) {
    if (tokens_ == rate_.burst || now < filled_) filled_ = now;
    const auto fills = (now - filled_) / rate_.every;
    if (fills <= 0) return;
    const auto room = std::int64_t{rate_.burst} - std::int64_t{tokens_};
    tokens_ += static_cast<unsigned>(std::min<std::int64_t>(fills, room));
    filled_ += fills * rate_.every;
  }

  Rate rate_;
  unsigned tokens_;
  Clock::time_point filled_{};
};

}  // namespace mailtap::alerts
