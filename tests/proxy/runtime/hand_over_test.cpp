#include "proxy/runtime/hand_over.h"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

using namespace mailtap;
using namespace mailtap::proxy;

namespace {

/// A hand-over whose successors are no processes: the test says what becomes of each.
struct Scene {
  explicit Scene(bool is_supervised) {
    uv_loop_init(&loop);
    hand_over = std::make_unique<HandOver>(
        &loop, messages, is_supervised,
        [this](unsigned lost, Successor::Events events) -> Result<std::unique_ptr<Successor>> {
          if (cannot_start) return fail("no such program");
          happened.push_back("start " + std::to_string(lost));
          successor = std::move(events);
          return nullptr;
        },
        HandOver::Events{[this](int pid) { happened.push_back("ready " + std::to_string(pid)); },
                         [this](const std::string& why) { happened.push_back("failed: " + why); },
                         [this] { happened.emplace_back("forget sockets"); }});
  }
  ~Scene() {
    hand_over.reset();
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop) == 0);
  }

  void ready(int pid) { std::exchange(successor.ready, nullptr)(pid); }
  void failed(const std::string& why) { std::exchange(successor.failed, nullptr)(why); }
  void died(const std::string& why) { std::exchange(successor.died, nullptr)(why); }

  uv_loop_t loop{};
  const inspect::Messages messages{-1};
  bool cannot_start = false;
  std::vector<std::string> happened;
  Successor::Events successor;
  std::unique_ptr<HandOver> hand_over;
};

using Happened = std::vector<std::string>;

}  // namespace

TEST_CASE("a successor that ends before it accepts has taken nothing over, and another may be started") {
  Scene scene(false);
  REQUIRE(scene.hand_over->begin());
  scene.failed("it ended with status 1");
  CHECK(scene.hand_over->left_to_watch().count() == 0);
  REQUIRE(scene.hand_over->begin());
  scene.ready(7);
  CHECK(scene.happened == Happened{"start 0", "failed: it ended with status 1", "start 0", "ready 7"});
}

TEST_CASE("a successor that can't be started is an error at once") {
  Scene scene(false);
  scene.cannot_start = true;
  const auto begun = scene.hand_over->begin();
  REQUIRE_FALSE(begun);
  CHECK(begun.error().message == "no such program");
}

TEST_CASE("a successor that dies in its first moments is replaced, by two others at most") {
  Scene scene(false);
  REQUIRE(scene.hand_over->begin());
  scene.ready(1);
  CHECK(scene.hand_over->left_to_watch().count() > 0);
  scene.died("signal 11");
  scene.ready(2);
  scene.died("signal 11");
  scene.failed("status 1");
  CHECK(scene.happened == Happened{"start 0", "ready 1", "start 1", "ready 2", "start 2", "forget sockets"});
  CHECK(scene.hand_over->left_to_watch().count() == 0);
}

TEST_CASE("a successor that ends in order isn't replaced") {
  Scene scene(false);
  REQUIRE(scene.hand_over->begin());
  scene.ready(1);
  scene.died("");
  CHECK(scene.happened == Happened{"start 0", "ready 1", "forget sockets"});
}

TEST_CASE("where a service manager watches, this process doesn't") {
  Scene scene(true);
  REQUIRE(scene.hand_over->begin());
  scene.ready(1);
  CHECK(scene.hand_over->left_to_watch().count() == 0);
  scene.died("signal 11");
  CHECK(scene.happened == Happened{"start 0", "ready 1", "forget sockets"});
}

TEST_CASE("once told to stop watching, it replaces no successor") {
  Scene scene(false);
  REQUIRE(scene.hand_over->begin());
  scene.ready(1);
  scene.hand_over->stop_watching();
  CHECK(scene.hand_over->left_to_watch().count() == 0);
  scene.died("signal 11");
  CHECK(scene.happened == Happened{"start 0", "ready 1", "forget sockets", "forget sockets"});
}

TEST_CASE("a replacement that can't be started leaves nobody to wait for") {
  Scene scene(false);
  REQUIRE(scene.hand_over->begin());
  scene.ready(1);
  scene.cannot_start = true;
  scene.died("signal 11");
  CHECK(scene.hand_over->left_to_watch().count() == 0);
  CHECK(scene.happened.back() == "forget sockets");
}
