#include "tls/crypto/fiber.h"

#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <string>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "tls/crypto/fiber_sanitizers.h"

using namespace mailtap;
using crypto::Fiber;
using crypto::StackPool;

TEST_CASE("a body stops where it suspends and goes on where it stopped") {
  StackPool stacks;
  Fiber fiber(stacks);
  std::string said;
  fiber.start([&] {
    std::string own = "one";  // lives on the fiber's stack
    said += own;
    Fiber::suspend();
    said += " two";
    Fiber::suspend();
    said += " three, after " + own;
  });
  CHECK(said == "one");
  CHECK(fiber.suspended());
  said += " (loop)";
  fiber.resume();
  CHECK(said == "one (loop) two");
  fiber.resume();
  CHECK(said == "one (loop) two three, after one");
  CHECK_FALSE(fiber.suspended());
}

TEST_CASE("many fibers are suspended at once, each on its own stack") {
  StackPool stacks(StackPool::handshake_stack, 4);
  std::vector<std::unique_ptr<Fiber>> fibers;
  std::vector<int> ended;
  for (int i = 0; i < 100; ++i) {
    fibers.push_back(std::make_unique<Fiber>(stacks));
    fibers.back()->start([i, &ended] {
      std::array<int, 500> mine;
      mine.fill(i);
      Fiber::suspend();
      for (const int value : mine)
        if (value != i) return;
      ended.push_back(i);
    });
  }
  CHECK(stacks.in_use() == 100);
  for (int i = 99; i >= 0; --i) fibers[static_cast<std::size_t>(i)]->resume();
  REQUIRE(ended.size() == 100);
  CHECK(ended.front() == 99);
  CHECK(ended.back() == 0);
  CHECK(stacks.in_use() == 0);
  CHECK(stacks.idle() == 4);
}

TEST_CASE("a fiber is used again and its stack too") {
  StackPool stacks;
  Fiber fiber(stacks);
  int runs = 0;
  const void* first_stack = nullptr;
  for (int i = 0; i < 3; ++i) {
    fiber.start([&] {
      int here = 0;
      if (first_stack == nullptr) first_stack = &here;
      CHECK(&here == first_stack);
      Fiber::suspend();
      ++runs;
    });
    fiber.resume();
  }
  CHECK(runs == 3);
  CHECK(stacks.idle() == 1);
}

TEST_CASE("an exception in a body comes out of the call that ran it") {
  StackPool stacks;
  Fiber fiber(stacks);
  CHECK_THROWS_AS(fiber.start([] { throw std::runtime_error("at once"); }), std::runtime_error);
  CHECK_FALSE(fiber.suspended());
  fiber.start([] {
    try {
      Fiber::suspend();
      throw std::runtime_error("caught within");
    } catch (const std::runtime_error&) {
    }
    Fiber::suspend();
    throw std::logic_error("later");
  });
  fiber.resume();
  CHECK_THROWS_AS(fiber.resume(), std::logic_error);
  CHECK_FALSE(fiber.suspended());
  CHECK(Fiber::current() == nullptr);
  CHECK(stacks.in_use() == 0);
}

TEST_CASE("each body has its own local pointer, and so has the thread") {
  StackPool stacks;
  int thread = 0;
  int body = 0;
  Fiber::local() = &thread;
  Fiber one(stacks);
  Fiber two(stacks);
  one.start([&] {
    CHECK(Fiber::local() == nullptr);
    Fiber::local() = &body;
    Fiber::suspend();
    CHECK(Fiber::local() == &body);
  });
  CHECK(Fiber::local() == &thread);
  two.start([] { CHECK(Fiber::local() == nullptr); });
  one.resume();
  CHECK(Fiber::local() == &thread);
  Fiber::local() = nullptr;
}

TEST_CASE("what a stack was used for at most is known, in bytes") {
  StackPool stacks;
  Fiber fiber(stacks);
  fiber.start([] {
    volatile char space[9000];
    for (auto& byte : space) byte = 1;
    Fiber::suspend();
  });
  fiber.resume();
  CHECK(stacks.deepest_use() > 9000);
  CHECK(stacks.deepest_use() < StackPool::handshake_stack * crypto::sanitizers::stack_factor);
}

TEST_CASE("each thread has fibers of its own", "[threads]") {
  std::vector<std::thread> threads;
  std::vector<int> sums(4);
  for (std::size_t t = 0; t < sums.size(); ++t) {
    threads.emplace_back([&sums, t] {
      StackPool stacks;
      Fiber a(stacks);
      Fiber b(stacks);
      for (int i = 0; i < 50; ++i) {
        const auto body = [&sums, t] {
          ++sums[t];
          Fiber::suspend();
          ++sums[t];
        };
        a.start(body);
        b.start(body);
        a.resume();
        b.resume();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const int sum : sums) CHECK(sum == 200);
}

#if !defined(MAILTAP_ASAN) && !defined(MAILTAP_TSAN)
namespace {

int fill_stack(int depth) {
  volatile char space[1024];
  space[0] = static_cast<char>(depth);
  return depth == 0 ? space[0] : fill_stack(depth - 1) + space[0];
}

}  // namespace

TEST_CASE("an overflow of a fiber's stack ends the process and damages no other memory") {
  const auto child = fork();
  if (child == 0) {
    std::signal(SIGSEGV, SIG_DFL);
    StackPool stacks;
    Fiber fiber(stacks);
    int sum = 0;
    fiber.start([&] { sum = fill_stack(64); });
    _exit(sum == 0 ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK((WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV));
}
#endif
