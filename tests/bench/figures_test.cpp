#include "bench/tool/figures.h"

#include <catch2/catch_test_macros.hpp>

using namespace mailtap::bench;

TEST_CASE("the median of rounds' ratios isn't the ratio of their medians") {
  CHECK(median({3, 1, 2}) == 2);
  CHECK(median({4, 1, 2, 3}) == 2.5);
  CHECK(median({}) == 0);
  // A round in which the machine was slow was slow for both.
  CHECK(median_ratio({10, 30, 11}, {20, 60, 22}) == 0.5);
  CHECK(median_ratio({10, 20}, {0, 40}) == 0.5);
}

TEST_CASE("a percentile is a value that was measured") {
  CHECK(percentile({5, 1, 4, 2, 3}, 0.5) == 3);
  CHECK(percentile({5, 1, 4, 2, 3}, 0.99) == 5);
  CHECK(percentile({5}, 0.5) == 5);
  CHECK(percentile({}, 0.5) == 0);
}
