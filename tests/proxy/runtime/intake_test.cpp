#include "proxy/runtime/intake.h"

#include <catch2/catch_test_macros.hpp>

using mailtap::proxy::Intake;

namespace {

/// How many of a hundred that wait are taken in a turn of the loop.
std::size_t taken_of_hundred(Intake& intake, std::size_t jobs_waiting) {
  std::size_t taken = 0;
  while (taken < 100 && intake.takes(jobs_waiting)) ++taken;
  return taken;
}

}  // namespace

TEST_CASE("a worker takes so many new connections in a turn of its loop, then asks for the others") {
  Intake intake;
  CHECK(taken_of_hundred(intake, 0) == Intake::most_in_a_turn);
  CHECK_FALSE(intake.takes(0));
  CHECK(intake.next_turn(0));
  CHECK(taken_of_hundred(intake, 0) == Intake::most_in_a_turn);
}

TEST_CASE("a worker with enough cryptography waiting takes nobody, and asks again once it has less") {
  Intake intake;
  CHECK_FALSE(intake.takes(Intake::enough_jobs));
  CHECK_FALSE(intake.next_turn(Intake::enough_jobs));
  CHECK(intake.next_turn(Intake::enough_jobs - 1));
  CHECK(intake.takes(Intake::enough_jobs - 1));
}

TEST_CASE("a worker that left nobody waiting asks for nobody") {
  Intake intake;
  CHECK(intake.takes(0));
  CHECK_FALSE(intake.next_turn(0));
  CHECK(taken_of_hundred(intake, 0) == Intake::most_in_a_turn);
  CHECK(intake.next_turn(0));
  CHECK_FALSE(intake.next_turn(0));
}
