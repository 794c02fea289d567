#include "bench/tool/arrivals.h"

#include <catch2/catch_test_macros.hpp>
#include <vector>

using namespace mailtap::bench;
using std::chrono::duration;

namespace {

std::vector<double> seconds_between(double per_second, std::uint64_t seed, int count) {
  const Arrivals::Clock::time_point begin;
  Arrivals arrivals(per_second, begin, seed);
  std::vector<double> between;
  auto last = begin;
  for (int i = 0; i < count; ++i, arrivals.advance()) {
    between.push_back(duration<double>(arrivals.next() - last).count());
    last = arrivals.next();
  }
  return between;
}

}  // namespace

TEST_CASE("arrivals of one seed are the same for each proxy, and of another seed others") {
  CHECK(seconds_between(300, 7, 50) == seconds_between(300, 7, 50));
  CHECK(seconds_between(300, 7, 50) != seconds_between(300, 8, 50));
}

TEST_CASE("arrivals have the mean that was asked for, and a Poisson process's spread") {
  constexpr int count = 20000;
  const auto between = seconds_between(1000, 1, count);
  double sum = 0;
  double squares = 0;
  for (const double wait : between) {
    CHECK(wait >= 0);
    sum += wait;
    squares += wait * wait;
  }
  const double mean = sum / count;
  CHECK(mean > 0.00097);
  CHECK(mean < 0.00103);
  // Exponentially distributed times have a variance of the mean's square.
  const double variance = squares / count - mean * mean;
  CHECK(variance > 0.9 * mean * mean);
  CHECK(variance < 1.1 * mean * mean);
}
