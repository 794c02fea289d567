#include "proxy/probe/turns.h"

#include <catch2/catch_test_macros.hpp>
#include <vector>

using namespace mailtap;
using namespace std::chrono_literals;

namespace {

struct Loop {
  Loop() { uv_loop_init(&loop); }
  ~Loop() {
    uv_run(&loop, UV_RUN_DEFAULT);  // the last close callbacks
    uv_loop_close(&loop);
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  uv_loop_t loop{};
};

}  // namespace

TEST_CASE("a server is met by as many connections at once as its pace allows, whoever asks it") {
  Loop loop;
  probe::Turns turns(&loop.loop, {.at_once = 2});
  std::vector<int> begun;
  for (int i = 0; i < 4; ++i) turns.ask([&begun, i] { begun.push_back(i); });
  CHECK(begun == std::vector{0, 1});
  turns.end();
  CHECK(begun == std::vector{0, 1, 2});
  turns.end();
  turns.end();
  CHECK(begun == std::vector{0, 1, 2, 3});
}

TEST_CASE("with a delay one begins after the other, though there is room") {
  Loop loop;
  probe::Turns turns(&loop.loop, {.at_once = 8, .delay = 5ms});
  std::vector<std::uint64_t> begun;
  for (int i = 0; i < 3; ++i) turns.ask([&] { begun.push_back(uv_now(&loop.loop)); });
  CHECK(begun.size() == 1);
  uv_run(&loop.loop, UV_RUN_DEFAULT);
  REQUIRE(begun.size() == 3);
  CHECK(begun[1] - begun[0] >= 5);
  CHECK(begun[2] - begun[1] >= 5);
}

TEST_CASE("a delay that nobody waits for holds no loop") {
  Loop loop;
  probe::Turns turns(&loop.loop, {.at_once = 8, .delay = 1h});
  bool begun = false;
  turns.ask([&] { begun = true; });
  turns.end();
  CHECK(begun);
  CHECK(uv_run(&loop.loop, UV_RUN_NOWAIT) == 0);
}

TEST_CASE("who begins may end within it, and ask again") {
  Loop loop;
  probe::Turns turns(&loop.loop, {.at_once = 1});
  int begun = 0;
  turns.ask([&] {
    ++begun;
    turns.ask([&] { ++begun; });
    turns.end();
  });
  CHECK(begun == 2);
}
