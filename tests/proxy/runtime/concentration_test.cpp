#include "proxy/runtime/concentration.h"

#include <catch2/catch_test_macros.hpp>

using namespace mailtap::proxy;
using namespace std::chrono_literals;
using Choice = Concentration::Choice;

namespace {

/// Workers that are busy for as much of the time as they are told, on a machine with a processor to spare or
/// without.
struct Crew {
  explicit Crew(unsigned workers)
      : concentration(workers, [this] { return idle_processor; }), worked(workers) {
    concentration.review(now);
  }

  /// After an interval, each worker having worked that share of it.
  Choice review(const std::vector<double>& shares) {
    now += Concentration::interval;
    for (unsigned i = 0; i < shares.size(); ++i) {
      worked[i] += std::chrono::duration_cast<std::chrono::nanoseconds>(Concentration::interval * shares[i]);
      concentration.has_worked(i, worked[i]);
    }
    const auto choice = concentration.review(now);
    REQUIRE(choice);
    CHECK(concentration.choice() == *choice);
    return *choice;
  }
  /// As often as makes another join.
  Choice review_until_enough(const std::vector<double>& shares) {
    for (unsigned i = 1; i < Concentration::times_enough; ++i) {
      const auto before = concentration.choice();
      CHECK(review(shares) == before);
    }
    return review(shares);
  }

  bool idle_processor = true;
  Concentration concentration;
  std::vector<std::chrono::nanoseconds> worked;
  Concentration::Time now{1h};
};

}  // namespace

TEST_CASE("one worker takes all connections while it suffices") {
  Crew crew(4);
  CHECK(crew.review_until_enough({0.2}) == Choice{0, 1});
  CHECK(crew.review_until_enough({0.9}) == Choice{0, 1});
}

TEST_CASE("another joins when one is busy all the time, and so on") {
  Crew crew(3);
  CHECK(crew.review_until_enough({0.99}) == Choice{0, 2});
  CHECK(crew.review_until_enough({0.9, 0.8}) == Choice{0, 2});
  CHECK(crew.review_until_enough({1.0, 0.9}) == Choice{0, 3});
  CHECK(crew.review_until_enough({1.0, 1.0, 1.0}) == Choice{0, 3});
}

TEST_CASE("none joins because one was busy for a moment") {
  Crew crew(2);
  CHECK(crew.review({1.0}) == Choice{0, 1});
  CHECK(crew.review({1.0}) == Choice{0, 1});
  CHECK(crew.review({0.5}) == Choice{0, 1});
  CHECK(crew.review({1.0}) == Choice{0, 1});
}

TEST_CASE("none joins where every processor is busy already") {
  Crew crew(2);
  crew.idle_processor = false;
  CHECK(crew.review_until_enough({1.0}) == Choice{0, 1});
  CHECK(crew.review_until_enough({1.0}) == Choice{0, 1});
  crew.idle_processor = true;
  CHECK(crew.review_until_enough({1.0}) == Choice{0, 2});
}

TEST_CASE("one leaves when the others have little to do, and not as soon as they could just do without it") {
  Crew crew(2);
  REQUIRE(crew.review_until_enough({1.0}) == Choice{0, 2});
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
  CHECK(crew.review_until_enough({0, 0, 1.0}) == Choice{2, 2});
}

TEST_CASE("reviews are some time apart, and one worker alone has none") {
  Crew crew(2);
  CHECK_FALSE(crew.concentration.review(crew.now + Concentration::interval / 2));
  CHECK(crew.concentration.review(crew.now + Concentration::interval));
  Concentration alone(1, [] { return true; });
  CHECK_FALSE(alone.review(crew.now));
}
