// When connections arrive that don't wait for one another: a Poisson process, the same for each proxy.
#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace mailtap::bench {

class Arrivals {
 public:
  using Clock = std::chrono::steady_clock;

  /// `per_second`: the mean. Of one seed the times between arrivals are always the same.
  Arrivals(double per_second, Clock::time_point begin, std::uint64_t seed);

  Clock::time_point next() const { return next_; }
  /// next() has come.
  void advance();

 private:
  double per_second_;
  std::mt19937_64 random_;
  Clock::time_point next_;
};

}  // namespace mailtap::bench
