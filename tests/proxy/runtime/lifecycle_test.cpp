#include "proxy/runtime/lifecycle.h"

#include <catch2/catch_test_macros.hpp>
#include <vector>

using mailtap::proxy::Lifecycle;
using State = Lifecycle::State;
using Event = Lifecycle::Event;
using Stopping = Lifecycle::Stopping;

namespace {

Lifecycle after(const std::vector<Event>& events) {
  Lifecycle life;
  for (const auto event : events) REQUIRE(life.handle(event));
  return life;
}

}  // namespace

TEST_CASE("a server starts, runs, drains and ends") {
  Lifecycle life;
  CHECK(life.is(State::starting));
  CHECK(life.handle(Event::started));
  CHECK(life.is(State::running));
  CHECK_FALSE(life.is_ending());
  CHECK(life.stop() == Stopping::drain);
  CHECK(life.is(State::draining));
  CHECK(life.is_ending());
  CHECK(life.handle(Event::drained));
  CHECK(life.is(State::ended));
  CHECK_FALSE(life.handed_over());
}

TEST_CASE("an event that isn't permitted changes nothing") {
  struct Case {
    std::vector<Event> before;
    std::vector<Event> refused;
  };
  const std::vector<Case> cases = {
      {{}, {Event::hand_over, Event::successor_failed, Event::successor_ready, Event::stop, Event::drained}},
      {{Event::started}, {Event::started, Event::successor_failed, Event::successor_ready, Event::drained}},
      {{Event::started, Event::hand_over}, {Event::started, Event::hand_over, Event::drained}},
      {{Event::started, Event::stop}, {Event::started, Event::hand_over}},
      {{Event::started, Event::stop, Event::drained},
       {Event::started, Event::hand_over, Event::successor_failed, Event::successor_ready, Event::drained}},
  };
  for (const auto& [before, refused] : cases) {
    auto life = after(before);
    const auto state = life.state();
    for (const auto event : refused) {
      CHECK_FALSE(life.permits(event));
      CHECK_FALSE(life.handle(event));
      CHECK(life.state() == state);
      CHECK_FALSE(life.handed_over());
    }
  }
}

TEST_CASE("a successor that fails leaves the server running, and another one may be started") {
  auto life = after({Event::started, Event::hand_over});
  CHECK(life.is(State::handing_over));
  CHECK_FALSE(life.is_ending());
  CHECK(life.handle(Event::successor_failed));
  CHECK(life.is(State::running));
  CHECK(life.permits(Event::hand_over));
}

TEST_CASE("after a hand-over the first stop only ends the wait, a second one ends connections") {
  auto life = after({Event::started, Event::hand_over, Event::successor_ready});
  CHECK(life.is(State::draining));
  CHECK(life.handed_over());
  CHECK(life.stop() == Stopping::stop_waiting);
  CHECK(life.stop() == Stopping::at_once);
  CHECK(life.is(State::draining));
}

TEST_CASE("without a hand-over the second stop ends connections, and so does each further one") {
  auto life = after({Event::started});
  CHECK(life.stop() == Stopping::drain);
  CHECK(life.stop() == Stopping::at_once);
  CHECK(life.stop() == Stopping::at_once);
}

TEST_CASE("a stop while a successor starts drains at once, and the successor may still take over") {
  auto life = after({Event::started, Event::hand_over});
  CHECK(life.stop() == Stopping::drain);
  CHECK_FALSE(life.handed_over());
  CHECK(life.handle(Event::successor_ready));
  CHECK(life.is(State::draining));
  CHECK(life.handed_over());
  CHECK(life.stop() == Stopping::at_once);
}

TEST_CASE("a successor that replaces one that died leaves the server draining") {
  auto life = after({Event::started, Event::hand_over, Event::successor_ready});
  CHECK(life.handle(Event::successor_ready));
  CHECK(life.is(State::draining));
}

TEST_CASE("what has ended, or hasn't started, has nothing to stop") {
  Lifecycle starting;
  CHECK(starting.stop() == Stopping::nothing);
  CHECK(starting.is(State::starting));
  auto ended = after({Event::started, Event::stop, Event::drained});
  CHECK(ended.stop() == Stopping::nothing);
  CHECK(ended.is(State::ended));
}
