#include "proxy/route/limits.h"

#include <catch2/catch_test_macros.hpp>
#include <thread>
#include <vector>

using namespace mailtap::proxy;

TEST_CASE("a count limit gives out as many places as it has and takes them back") {
  CountLimit limit(2);
  auto first = limit.take();
  auto second = limit.take();
  CHECK(first);
  CHECK(second);
  CHECK_FALSE(limit.take());
  CHECK(limit.full());
  first.reset();
  CHECK(limit.take());
}

TEST_CASE("a limit of zero is none, and still counts") {
  CountLimit limit(0);
  std::vector<Place> places;
  for (int i = 0; i < 1000; ++i) places.push_back(std::move(*limit.take()));
  CHECK(limit.count() == 1000);
  places.clear();
  CHECK(limit.count() == 0);
}

TEST_CASE("each source has its own limit and leaves nothing behind") {
  SourceLimit limit(1);
  const SourceLimit::Key one{1}, other{2};
  auto place = limit.take(one);
  CHECK(place);
  CHECK_FALSE(limit.take(one));
  CHECK(limit.take(other));
  place.reset();
  CHECK(limit.take(one));
}

TEST_CASE("several threads never exceed a limit together") {
  CountLimit limit(10);
  std::atomic<int> most{0};
  const auto work = [&] {
    for (int i = 0; i < 10000; ++i) {
      const auto place = limit.take();
      if (!place) continue;
      // count() may briefly include a refused take, so the places are counted here.
      static std::atomic<int> held{0};
      const int now = ++held;
      int seen = most;
      while (now > seen && !most.compare_exchange_weak(seen, now)) {
      }
      --held;
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(work);
  for (auto& thread : threads) thread.join();
  CHECK(most <= 10);
  CHECK(limit.count() == 0);
}
