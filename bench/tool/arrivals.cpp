#include "bench/tool/arrivals.h"

#include <cmath>

namespace mailtap::bench {

Arrivals::Arrivals(double per_second, Clock::time_point begin, std::uint64_t seed)
    : per_second_(per_second), random_(seed), next_(begin) {
  advance();
}

/// The time until the next is exponentially distributed. By hand: what std::exponential_distribution makes of
/// the same numbers isn't specified.
void Arrivals::advance() {
  constexpr double values = 9007199254740992.0;                                 // 2 to the 53rd
  const double share = (static_cast<double>(random_() >> 11U) + 0.5) / values;  // within 0 and 1
  const std::chrono::duration<double> wait(-std::log(share) / per_second_);
  next_ += std::chrono::duration_cast<Clock::duration>(wait);
}

}  // namespace mailtap::bench
