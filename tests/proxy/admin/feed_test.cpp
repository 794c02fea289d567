#include <catch2/catch_test_macros.hpp>
#include <thread>

#include "proxy/admin/feed_item.h"
#include "records.h"

using namespace mailtap;
using namespace mailtap::admin;

TEST_CASE("what is reported comes out in order, and whoever comes first wakes the reader once") {
  Feed feed;
  int woken = 0;
  feed.on_first([&] { ++woken; });
  feed.opened(testing::good_connection(1));
  feed.ended(testing::good_connection(1));
  feed.ended(testing::bad_connection(2));
  CHECK(woken == 1);
  std::vector<Feed::Item> taken;
  feed.take(taken);
  REQUIRE(taken.size() == 3);
  CHECK_FALSE(taken[0].has_ended);
  CHECK(taken[1].has_ended);
  CHECK(taken[2].connection.id == 2);
  feed.take(taken);
  CHECK(taken.empty());
  feed.ended(testing::good_connection(3));
  CHECK(woken == 2);
}

TEST_CASE("a full queue drops and counts") {
  Feed feed(2);
  for (std::uint64_t id = 1; id <= 5; ++id) feed.ended(testing::good_connection(id));
  CHECK(feed.dropped() == 3);
  std::vector<Feed::Item> taken;
  feed.take(taken);
  CHECK(taken.size() == 2);
  feed.ended(testing::good_connection(6));
  CHECK(feed.dropped() == 3);
}

TEST_CASE("nothing is lost between many workers and one reader") {
  Feed feed;
  constexpr std::uint64_t each = 2'000;
  std::vector<std::thread> workers;
  workers.reserve(3);
  for (int worker = 0; worker < 3; ++worker)
    workers.emplace_back([&] {
      for (std::uint64_t id = 0; id < each; ++id) {
        feed.ended(testing::good_connection(id));
        feed.batched(8, 1);
      }
    });
  std::size_t seen = 0;
  std::vector<Feed::Item> taken;
  while (seen + feed.dropped() < 3 * each) {
    feed.take(taken);
    seen += taken.size();
    std::this_thread::yield();
  }
  for (auto& worker : workers) worker.join();
  CHECK(seen + feed.dropped() == 3 * each);
  CHECK(feed.crypto_operations() == 24 * each);
  CHECK(feed.crypto_batches() == 3 * each);
}
