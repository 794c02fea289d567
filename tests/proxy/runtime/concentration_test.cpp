#include "proxy/runtime/concentration.h"

#include <catch2/catch_test_macros.hpp>

using namespace mailtap::proxy;
using namespace std::chrono_literals;
using Choice = Concentration::Choice;

namespace {

/// Workers that are busy for as much of the time as they are told.
struct Crew {
  explicit Crew(unsigned workers) : concentration(workers) { concentration.review(now); }

  /// After an interval, each worker having worked that share of it.
  Choice review(const std::vector<double>& shares) {
    const auto begin = now;
    now += Concentration::interval;
    for (unsigned i = 0; i < concentration.workers(); ++i) {
      const double share = i < shares.size() ? shares[i] : 0;
      concentration.begins_to_wait(i, begin);
      concentration.goes_on(i, begin + std::chrono::duration_cast<std::chrono::nanoseconds>(
                                           Concentration::interval * (1 - share)));
    }
    const auto choice = concentration.review(now);
    REQUIRE(choice);
    CHECK(concentration.choice() == *choice);
    return *choice;
  }

  Concentration concentration;
  Concentration::Time now{1h};
};

}  // namespace

TEST_CASE("one worker takes all connections while it suffices") {
  Crew crew(4);
  CHECK(crew.review({0.2}) == Choice{0, 1});
  CHECK(crew.review({0.9}) == Choice{0, 1});
}

TEST_CASE("another joins when one is busy all the time, and so on") {
  Crew crew(3);
  CHECK(crew.review({0.99}) == Choice{0, 2});
  CHECK(crew.review({0.9, 0.8}) == Choice{0, 2});
  CHECK(crew.review({1.0, 0.9}) == Choice{0, 3});
  CHECK(crew.review({1.0, 1.0, 1.0}) == Choice{0, 3});
}

TEST_CASE("one leaves when the others have little to do, and not as soon as they could just do without it") {
  Crew crew(2);
  REQUIRE(crew.review({1.0}) == Choice{0, 2});
  CHECK(crew.review({0.5, 0.4}) == Choice{0, 2});
  CHECK(crew.review({0.3, 0.3}) == Choice{0, 1});
}

TEST_CASE("connections that stay don't gather at one worker") {
  Crew crew(3);
  crew.concentration.has_open(1, 7);
  crew.concentration.has_open(2, 5);
  crew.concentration.has_open(0, 5 + Concentration::max_lead);
  CHECK(crew.review({}) == Choice{0, 1});
  crew.concentration.has_open(0, 6 + Concentration::max_lead);
  CHECK(crew.review({}) == Choice{2, 1});
  CHECK(crew.review({}) == Choice{2, 1});
  CHECK(crew.review({0, 0, 1.0}) == Choice{2, 2});
}

TEST_CASE("a worker that waits for long isn't busy") {
  Crew crew(2);
  crew.concentration.begins_to_wait(0, crew.now);
  crew.concentration.begins_to_wait(1, crew.now);
  CHECK(crew.concentration.review(crew.now + 10s) == Choice{0, 1});
  crew.concentration.goes_on(0, crew.now + 10s);
  CHECK(crew.concentration.review(crew.now + 11s) == Choice{0, 2});
}

TEST_CASE("reviews are some time apart, and one worker alone has none") {
  Crew crew(2);
  CHECK_FALSE(crew.concentration.review(crew.now + Concentration::interval / 2));
  CHECK(crew.concentration.review(crew.now + Concentration::interval));
  Concentration alone(1);
  CHECK_FALSE(alone.review(crew.now));
}
