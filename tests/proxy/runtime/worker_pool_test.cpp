#include "proxy/runtime/worker_pool.h"

#include <catch2/catch_test_macros.hpp>

#include "inspect/alerts/inbox.h"

using namespace mailtap;
using namespace mailtap::proxy;

namespace {

struct Loop {
  Loop() { uv_loop_init(&uv); }
  ~Loop() {
    uv_run(&uv, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&uv) == 0);
  }
  uv_loop_t uv{};
};

struct Scene {
  Loop loop;
  const inspect::Messages messages{-1};
  CountLimit connections{0};
  std::atomic<std::uint64_t> next_id{1};
  alerts::Inbox inbox;
  int drained = 0;
  bool joins = true;
  WorkerPool pool{&loop.uv, {messages, connections, next_id}, [this] {
                    ++drained;
                    if (joins) pool.join();
                  }};
};

}  // namespace

TEST_CASE("workers without a connection are drained at once, which is told once") {
  Scene scene;
  scene.pool.start(3, nullptr, scene.inbox);
  CHECK(scene.pool.size() == 3);
  scene.pool.drain(std::chrono::seconds{60});
  uv_run(&scene.loop.uv, UV_RUN_DEFAULT);
  CHECK(scene.drained == 1);
  CHECK(scene.pool.size() == 0);
}

TEST_CASE("workers that are told to stop end, and nothing more can be asked of them") {
  Scene scene;
  scene.joins = false;
  scene.pool.start(2, nullptr, scene.inbox);
  scene.pool.stop();
  while (scene.drained == 0) uv_run(&scene.loop.uv, UV_RUN_ONCE);
  scene.pool.ask_for_life();
  CHECK(scene.pool.has_answered());
  CHECK(scene.drained == 1);
}

TEST_CASE("a pool that is joined while its workers run ends them") {
  Scene scene;
  scene.pool.start(2, nullptr, scene.inbox);
  scene.pool.ask_for_life();
  scene.pool.join();
  CHECK(scene.pool.has_answered());
}
