#include "proxy/runtime/intake.h"

#include <catch2/catch_test_macros.hpp>
#include <vector>

using mailtap::proxy::Intake;
using namespace std::chrono_literals;

namespace {

/// An intake whose worker's time passes as it is told.
struct Counter {
  /// How many of a hundred that wait are taken in a turn of the loop.
  std::size_t taken_of_hundred(std::size_t jobs_waiting) {
    std::size_t taken = 0;
    for (; taken < 100; ++taken)
      if (const auto ticket = intake.takes(jobs_waiting))
        tickets.push_back(*ticket);
      else
        break;
    return taken;
  }
  /// In as many turns as they need, without any jobs.
  std::size_t taken_in_turns() {
    std::size_t taken = taken_of_hundred(0);
    while (intake.next_turn(0)) taken += taken_of_hundred(0);
    return taken;
  }
  void works_for(std::chrono::nanoseconds time) {
    now.time += time;
    now.worked += time;
  }
  void waits_for(std::chrono::nanoseconds time) { now.time += time; }

  Intake::Moment now{1h, 1s};
  Intake intake{[this] { return now; }};
  std::vector<Intake::Ticket> tickets;
};

}  // namespace

TEST_CASE("a worker takes so many new connections in a turn of its loop, then asks for the others") {
  Counter counter;
  CHECK(counter.taken_of_hundred(0) == Intake::most_in_a_turn);
  CHECK_FALSE(counter.intake.takes(0));
  CHECK(counter.intake.next_turn(0));
  CHECK(counter.taken_of_hundred(0) == Intake::most_in_a_turn);
}

TEST_CASE("a worker with enough cryptography waiting takes nobody, and asks again once it has less") {
  Counter counter;
  CHECK_FALSE(counter.intake.takes(Intake::enough_jobs));
  CHECK_FALSE(counter.intake.next_turn(Intake::enough_jobs));
  CHECK(counter.intake.next_turn(Intake::enough_jobs - 1));
  CHECK(counter.intake.takes(Intake::enough_jobs - 1));
}

TEST_CASE("a worker that left nobody waiting asks for nobody") {
  Counter counter;
  CHECK(counter.intake.takes(0));
  CHECK_FALSE(counter.intake.next_turn(0));
  CHECK(counter.taken_of_hundred(0) == Intake::most_in_a_turn);
  CHECK(counter.intake.next_turn(0));
  CHECK_FALSE(counter.intake.next_turn(0));
}

TEST_CASE("a busy worker takes one more connection for each that ends, in whatever order they do") {
  Counter counter;
  REQUIRE(counter.taken_in_turns() == Intake::most_under_way);
  counter.works_for(20ms);
  CHECK_FALSE(counter.intake.next_turn(0));
  counter.intake.ended(counter.tickets[40]);
  counter.intake.ended(counter.tickets[7]);
  CHECK(counter.intake.next_turn(0));
  CHECK(counter.taken_in_turns() == 2);
  for (const auto ticket : std::vector(counter.tickets))
    if (ticket != counter.tickets[40] && ticket != counter.tickets[7]) counter.intake.ended(ticket);
  CHECK(counter.intake.next_turn(0));
  CHECK(counter.taken_in_turns() == Intake::most_under_way);
}

TEST_CASE("connections that wait for their peers keep nobody waiting where the worker has time to spare") {
  Counter counter;
  REQUIRE(counter.taken_in_turns() == Intake::most_under_way);
  counter.waits_for(Intake::shortest - 1ms);
  CHECK_FALSE(counter.intake.next_turn(0));
  counter.waits_for(1ms);
  CHECK(counter.intake.next_turn(0));
  CHECK(counter.taken_in_turns() == Intake::most_under_way);

  counter.works_for(70ms);
  CHECK_FALSE(counter.intake.next_turn(0));
  counter.waits_for(10ms);
  CHECK(counter.intake.next_turn(0));
  CHECK(counter.taken_in_turns() == Intake::most_under_way);
}

TEST_CASE("connections that wait for their peers keep nobody waiting for long where it has none") {
  Counter counter;
  REQUIRE(counter.taken_in_turns() == Intake::most_under_way);
  counter.works_for(Intake::longest);
  CHECK(counter.intake.next_turn(0));
  CHECK(counter.taken_in_turns() == Intake::most_under_way);
}

TEST_CASE(
    "a connection that stays open while others come and go keeps nobody waiting and nothing of theirs") {
  Counter counter;
  REQUIRE(counter.intake.takes(0));
  Intake::Ticket last = 0;
  for (int i = 0; i < 1000; ++i) {
    counter.intake.next_turn(0);
    counter.works_for(1ms);
    const auto ticket = counter.intake.takes(0);
    REQUIRE(ticket);
    counter.intake.ended(last = *ticket);
  }
  CHECK(last == 1000);
  CHECK(counter.intake.remembered() == 0);
}

TEST_CASE("a connection that was at rest makes no room when it ends") {
  Counter counter;
  REQUIRE(counter.taken_in_turns() == Intake::most_under_way);
  const auto rested = counter.tickets;
  counter.waits_for(Intake::shortest);
  REQUIRE(counter.intake.next_turn(0));
  REQUIRE(counter.taken_in_turns() == Intake::most_under_way);
  for (const auto ticket : rested) counter.intake.ended(ticket);
  CHECK_FALSE(counter.intake.next_turn(0));
}
