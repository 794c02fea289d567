#include "tls/crypto/batcher.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

using namespace mailtap;
using crypto::Batcher;
using crypto::Job;
using crypto::JobKind;
using crypto::JobStatus;
using crypto::Task;

namespace {

constexpr auto sign = JobKind::p256_sign;
constexpr auto verify = JobKind::p256_verify;
constexpr auto rsa = JobKind::rsa_private;

/// A batcher whose cryptography is written down instead of done: "sign*3 rsa-2048*1".
struct Transcript {
  Batcher::Clock::time_point now{};
  std::string said;
  std::vector<Job*> failing;  ///< jobs that come to nothing
  Batcher batcher{[this](std::span<Job* const> jobs) { perform(jobs); }, [this] { return now; }};
  /// Another connection, so that none has the worker for itself.
  std::optional<Task> another{std::in_place, batcher, nullptr};
  std::optional<Task> and_its_other_leg{std::in_place, batcher, nullptr};

  void perform(std::span<Job* const> jobs) {
    const auto& first = *jobs.front();
    if (!said.empty()) said += ' ';
    said += first.kind == sign ? "sign" : first.kind == verify ? "verify" : "rsa";
    if (first.bits != 0) said += '-' + std::to_string(first.bits);
    said += '*' + std::to_string(jobs.size());
    for (auto* job : jobs) {
      CHECK(crypto::Fiber::current() == nullptr);  // on the loop's stack
      CHECK(crypto::can_share(*job, first));
      job->status = std::count(failing.begin(), failing.end(), job) > 0 ? JobStatus::failed : JobStatus::done;
    }
  }

  /// What a loop does.
  void run() {
    while (batcher.has_work()) {
      batcher.step();
      if (batcher.is_delaying()) now += Batcher::poll_delay;
    }
  }
};

JobStatus submit(JobKind kind, std::uint16_t bits = 0) {
  Job job;
  job.kind = kind;
  job.bits = bits;
  crypto::current_runner()->run(job);
  return job.status;
}

/// Starts `count` tasks that each do one job.
std::vector<std::unique_ptr<Task>> many(Transcript& transcript, int count, JobKind kind,
                                        std::uint16_t bits = 0) {
  std::vector<std::unique_ptr<Task>> tasks;
  for (int i = 0; i < count; ++i) {
    tasks.push_back(std::make_unique<Task>(transcript.batcher, nullptr));
    tasks.back()->start([=] { CHECK(submit(kind, bits) == JobStatus::done); });
    CHECK(tasks.back()->waiting());
  }
  return tasks;
}

}  // namespace

TEST_CASE("a function without jobs ends in start() and wakes nobody") {
  Transcript transcript;
  bool woken = false;
  Task task(transcript.batcher, [&] { woken = true; });
  bool ran = false;
  task.start([&] { ran = true; });
  CHECK(ran);
  CHECK_FALSE(task.waiting());
  CHECK_FALSE(transcript.batcher.has_work());
  CHECK_FALSE(woken);
}

TEST_CASE("jobs of one kind are done eight at a time") {
  Transcript transcript;
  const auto tasks = many(transcript, 19, sign);
  CHECK(transcript.said.empty());  // nothing is done before the loop's step
  transcript.batcher.step();
  CHECK(transcript.said == "sign*8");  // one batch a step
  CHECK(transcript.batcher.has_work());
  transcript.run();
  CHECK(transcript.said == "sign*8 sign*8 sign*3");
  CHECK(transcript.batcher.counts(sign).jobs == 19);
  CHECK(transcript.batcher.counts(sign).batches_of[8] == 2);
  CHECK(transcript.batcher.counts(sign).batches_of[3] == 1);
}

TEST_CASE("jobs that can't share are done apart, the fullest batch first") {
  Transcript transcript;
  const auto a = many(transcript, 2, verify);
  const auto b = many(transcript, 3, rsa, 2048);
  const auto c = many(transcript, 9, sign);
  const auto d = many(transcript, 1, rsa, 4096);
  transcript.run();
  CHECK(transcript.said == "sign*8 rsa-2048*3 verify*2 rsa-4096*1 sign*1");
}

TEST_CASE("a batch has no more jobs than one call does at the least cost for each") {
  Transcript transcript;
  const auto tasks = many(transcript, 6, rsa, 2048);
  transcript.run();
  CHECK(transcript.said == (crypto::full_batch(rsa, 2048) == 4 ? "rsa-2048*4 rsa-2048*2" : "rsa-2048*6"));
}

TEST_CASE("a connection that is alone has its jobs done at once, on the loop's stack, and wakes nobody") {
  Transcript transcript;
  transcript.another.reset();
  transcript.and_its_other_leg.reset();
  bool woken = false;
  Task task(transcript.batcher, [&] { woken = true; });
  Task other_leg(transcript.batcher, nullptr);
  task.start([] {
    CHECK(submit(sign) == JobStatus::done);
    CHECK(submit(verify) == JobStatus::done);
  });
  CHECK(transcript.said == "sign*1 verify*1");
  CHECK_FALSE(task.waiting());
  CHECK_FALSE(transcript.batcher.has_work());
  CHECK_FALSE(woken);
  CHECK(transcript.batcher.counts(sign).batches_of[1] == 1);

  SECTION("but after eight of them the loop has its turn") {
    task.start([] {
      for (int i = 0; i < 20; ++i) submit(sign);
    });
    CHECK(transcript.batcher.counts(sign).jobs == 9);
    CHECK(task.waiting());
    transcript.run();
    CHECK(transcript.batcher.counts(sign).jobs == 21);
    CHECK(woken);
  }
  SECTION("but not while a job of its other leg waits, which may be done with it") {
    Task third(transcript.batcher, nullptr);
    other_leg.start([] { submit(sign); });
    CHECK(other_leg.waiting());
    task.start([] { submit(sign); });
    CHECK(task.waiting());
    transcript.run();
    CHECK(transcript.said == "sign*1 verify*1 sign*2");
  }
}

TEST_CASE("a lone job is done by the next step, and those that follow it too") {
  Transcript transcript;
  int woken = 0;
  Task task(transcript.batcher, [&] { ++woken; });
  task.start([] {
    submit(sign);
    submit(verify);
    submit(rsa, 2048);
  });
  transcript.batcher.step();
  CHECK(transcript.said == "sign*1 verify*1 rsa-2048*1");
  CHECK_FALSE(transcript.batcher.has_work());
  CHECK(woken == 1);
}

TEST_CASE("a connection that goes on and on gives the loop its turn") {
  Transcript transcript;
  Task task(transcript.batcher, nullptr);
  task.start([] {
    for (int i = 0; i < 20; ++i) submit(sign);
  });
  transcript.batcher.step();
  CHECK(transcript.batcher.counts(sign).jobs == 8);
  CHECK(transcript.batcher.has_work());
  transcript.run();
  CHECK(transcript.batcher.counts(sign).jobs == 20);
}

TEST_CASE("a job of a rare kind waits for no more batches than it has patience") {
  Transcript transcript;
  std::vector<std::unique_ptr<Task>> busy;
  bool over = false;
  for (int i = 0; i < 32; ++i) {
    busy.push_back(std::make_unique<Task>(transcript.batcher, nullptr));
    busy.back()->start([&over] {
      while (!over) submit(sign);
    });
  }
  const auto rare = many(transcript, 1, rsa, 1024);
  const auto rarer = many(transcript, 1, verify);
  unsigned steps = 0;
  while (rare.front()->waiting() || rarer.front()->waiting()) {
    transcript.batcher.step();
    REQUIRE(++steps <= Batcher::patience + 2);
  }
  std::string expected;
  for (unsigned i = 0; i < Batcher::patience; ++i) expected += "sign*8 ";
  CHECK(transcript.said == expected + "rsa-1024*1 verify*1");
  over = true;
  transcript.run();
}

TEST_CASE("another look for jobs comes before a batch that isn't full") {
  Transcript transcript;
  auto tasks = many(transcript, 3, sign);
  transcript.batcher.step();
  CHECK(transcript.said.empty());
  CHECK(transcript.batcher.has_work());  // the loop doesn't sleep
  auto more = many(transcript, 5, sign);
  transcript.batcher.step();
  CHECK(transcript.said == "sign*8");
}

TEST_CASE("among many handshakes a batch that isn't full is delayed until it is") {
  Transcript transcript;
  const auto waiting = many(transcript, 3, sign);
  std::vector<std::unique_ptr<Task>> others;  // handshakes that wait for their peers
  while (others.size() + 3 < Batcher::batching_threshold)
    others.push_back(std::make_unique<Task>(transcript.batcher, nullptr));
  transcript.batcher.step();
  CHECK_FALSE(transcript.batcher.is_delaying());  // another look comes first
  transcript.batcher.step();
  CHECK(transcript.batcher.is_delaying());
  CHECK(transcript.said.empty());
  for (std::size_t i = 0; i < 5; ++i) others[i]->start([] { submit(sign); });
  transcript.batcher.step();
  CHECK(transcript.said == "sign*8");
  CHECK_FALSE(transcript.batcher.is_delaying());
}

TEST_CASE("among many handshakes a batch is delayed no longer than it may be, however full others are") {
  Transcript transcript;
  std::vector<std::unique_ptr<Task>> others;
  while (others.size() < Batcher::batching_threshold)
    others.push_back(std::make_unique<Task>(transcript.batcher, nullptr));
  const auto first = many(transcript, 2, verify);
  transcript.now += Batcher::max_batch_delay;
  const auto later = many(transcript, 3, sign);
  transcript.batcher.step();
  transcript.batcher.step();
  CHECK(transcript.said == "verify*2");
  transcript.run();
  CHECK(transcript.said == "verify*2 sign*3");
  CHECK(transcript.now == Batcher::Clock::time_point{} + 2 * Batcher::max_batch_delay);
}

TEST_CASE("with fewer handshakes than the threshold nothing is delayed") {
  Transcript transcript;
  std::vector<std::unique_ptr<Task>> others;
  while (others.size() + 6 < Batcher::batching_threshold)  // with those of the transcript
    others.push_back(std::make_unique<Task>(transcript.batcher, nullptr));
  const auto few = many(transcript, 3, sign);
  transcript.run();
  CHECK(transcript.said == "sign*3");
  CHECK(transcript.now == Batcher::Clock::time_point{});
}

TEST_CASE("it is told how full batches were, once there were enough to say so") {
  Transcript transcript;
  auto tasks = many(transcript, 8, sign);
  transcript.run();
  CHECK(crypto::describe_batches(transcript.batcher).empty());
  for (int i = 0; i < 200; ++i) {
    tasks = many(transcript, 5, sign);
    transcript.run();
  }
  CHECK(crypto::describe_batches(transcript.batcher) == "p256_sign 5.0");
}

TEST_CASE("one that fails fails alone") {
  Transcript transcript;
  std::array<JobStatus, 8> outcomes{};
  std::vector<std::unique_ptr<Task>> tasks;
  for (auto& outcome : outcomes) {
    tasks.push_back(std::make_unique<Task>(transcript.batcher, nullptr));
    tasks.back()->start([&outcome, &transcript, fails = &outcome == &outcomes[5]] {
      Job job;
      job.kind = verify;
      if (fails) transcript.failing.push_back(&job);
      crypto::current_runner()->run(job);
      outcome = job.status;
    });
  }
  transcript.run();
  CHECK(transcript.said == "verify*8");
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    CHECK(outcomes[i] == (i == 5 ? JobStatus::failed : JobStatus::done));
}

TEST_CASE("tasks go on in the order in which they came") {
  Transcript transcript;
  std::string order;
  std::vector<std::unique_ptr<Task>> tasks;
  for (char name = 'a'; name < 'k'; ++name) {
    tasks.push_back(std::make_unique<Task>(transcript.batcher, [&order, name] { order += name; }));
    tasks.back()->start([] { submit(sign); });
  }
  transcript.run();
  CHECK(order == "abcdefghij");
}

TEST_CASE("a task that is destroyed while it waits does what is left without batching") {
  Transcript transcript;
  auto others = many(transcript, 3, sign);
  bool woken = false;
  bool unwound = false;
  auto task = std::make_unique<Task>(transcript.batcher, [&] { woken = true; });
  task->start([&] {
    const std::shared_ptr<bool> held(&unwound, [](bool* flag) { *flag = true; });
    submit(sign);
    submit(verify);
  });
  task.reset();
  CHECK(unwound);
  CHECK_FALSE(woken);
  CHECK(transcript.said == "sign*1 verify*1");
  others.erase(others.begin());
  transcript.run();
  CHECK(transcript.said == "sign*1 verify*1 sign*1 sign*2");
}

TEST_CASE("a woken owner may destroy its own task and others, done or not") {
  Transcript transcript;
  std::vector<std::unique_ptr<Task>> tasks(20);
  int ended = 0;
  for (auto& task : tasks) {
    task = std::make_unique<Task>(transcript.batcher, [&tasks] { tasks.clear(); });
    task->start([&ended] {
      submit(sign);
      submit(verify);
      ++ended;
    });
  }
  transcript.run();
  CHECK(tasks.empty());
  CHECK(ended == 20);
  CHECK(transcript.batcher.stacks().in_use() == 0);
}

TEST_CASE("a woken owner may start its task anew") {
  Transcript transcript;
  int rounds = 0;
  std::unique_ptr<Task> task;
  const auto once = [] { submit(sign); };
  task = std::make_unique<Task>(transcript.batcher, [&] {
    if (++rounds < 3) task->start(once);
  });
  task->start(once);
  transcript.run();
  CHECK(rounds == 3);
  CHECK(transcript.batcher.counts(sign).jobs == 3);
}

TEST_CASE("stacks go back to the pool, which keeps a bounded number") {
  Transcript transcript;
  const auto tasks = many(transcript, 400, sign);
  CHECK(transcript.batcher.stacks().in_use() == 400);
  transcript.run();
  CHECK(transcript.batcher.stacks().in_use() == 0);
  CHECK(transcript.batcher.stacks().idle() <= 256);
}

TEST_CASE("outside of tasks a thread has no runner") {
  Transcript transcript;
  const auto tasks = many(transcript, 2, sign);
  CHECK(crypto::current_runner() == nullptr);
  transcript.run();
  CHECK(crypto::current_runner() == nullptr);
}

TEST_CASE("workers batch independently", "[threads]") {
  std::vector<std::thread> workers;
  std::array<std::uint64_t, 3> done{};
  for (auto& count : done) {
    workers.emplace_back([&count] {
      Batcher batcher([](std::span<Job* const> jobs) {
        for (auto* job : jobs) job->status = JobStatus::done;
      });
      const Task another(batcher, nullptr);  // so that none has the worker for itself
      const Task and_its_other_leg(batcher, nullptr);
      for (int round = 0; round < 20; ++round) {
        std::vector<std::unique_ptr<Task>> tasks;
        for (int i = 0; i < 20; ++i) {
          tasks.push_back(std::make_unique<Task>(batcher, [&count] { ++count; }));
          tasks.back()->start([] { submit(sign); });
        }
        tasks.resize(15);  // five connections are gone
        while (batcher.has_work()) batcher.step();
      }
    });
  }
  for (auto& worker : workers) worker.join();
  for (const auto count : done) CHECK(count == 20 * 15);
}
