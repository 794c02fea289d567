// The system's verdicts are asked for once, beside the loop.

#include "proxy/runtime/system_judge.h"

#include <catch2/catch_test_macros.hpp>

using namespace mailtap;
using namespace mailtap::proxy;

namespace {

/// Work is done when the test says so.
class Waiting final : public net::Background {
 public:
  struct Mine final : Task {
    explicit Mine(Waiting& of, std::function<void()> done_) : owner(of), done(std::move(done_)) {}
    ~Mine() override { std::erase(owner.tasks, this); }
    Mine(const Mine&) = delete;
    Mine& operator=(const Mine&) = delete;
    Waiting& owner;
    std::function<void()> done;
  };

  std::unique_ptr<Task> run(std::function<void()> work, std::function<void()> done) override {
    work();
    ++asked;
    auto task = std::make_unique<Mine>(*this, std::move(done));
    tasks.push_back(task.get());
    return task;
  }
  void answer() {
    for (auto* task : std::exchange(tasks, {})) task->done();
  }

  std::vector<Mine*> tasks;
  int asked = 0;
};

certs::SystemVerdict refuse(const std::vector<Buffer>& chain, const std::string& name, Time, bool) {
  certs::SystemVerdict verdict;
  verdict.status = static_cast<std::uint32_t>(chain.size());
  verdict.policy = static_cast<std::uint32_t>(name.size());
  return verdict;
}

const std::vector<Buffer> chain{{1, 2, 3}, {4}};
constexpr Time begin{std::chrono::seconds{1'000'000}};

}  // namespace

TEST_CASE("the answer comes later, into the hands of all who asked") {
  Waiting background;
  SystemJudge judge(background, refuse);
  const auto first = judge.ask(chain, "mail", begin, false);
  const auto second = judge.ask(chain, "mail", begin, false);
  REQUIRE(first != nullptr);
  CHECK_FALSE(first->verdict);
  CHECK(background.asked == 1);
  background.answer();
  REQUIRE(second->verdict);
  CHECK(second->verdict->status == 2);
  CHECK(second->verdict->policy == 4);
  CHECK(first == second);
}

TEST_CASE("another chain, name or way to ask is another question") {
  Waiting background;
  SystemJudge judge(background, refuse);
  judge.ask(chain, "mail", begin, false);
  judge.ask(chain, "other", begin, false);
  judge.ask(chain, "mail", begin, true);
  judge.ask({{1, 2, 3}}, "mail", begin, false);
  judge.ask({{1, 2}, {3, 4}}, "mail", begin, false);
  CHECK(background.asked == 5);
}

TEST_CASE("what was asked a quarter of an hour ago is asked again, and the old answer stays whose it was") {
  Waiting background;
  SystemJudge judge(background, refuse);
  const auto old = judge.ask(chain, "mail", begin, false);
  background.answer();
  CHECK(judge.ask(chain, "mail", begin + std::chrono::minutes{14}, false) == old);
  const auto anew = judge.ask(chain, "mail", begin + std::chrono::minutes{15}, false);
  CHECK(anew != old);
  CHECK_FALSE(anew->verdict);
  CHECK(old->verdict);
  CHECK(background.asked == 2);
}

TEST_CASE("no more is remembered than there is room for") {
  Waiting background;
  SystemJudge judge(background, refuse);
  for (std::size_t i = 0; i < SystemJudge::capacity + 3; ++i)
    judge.ask(chain, std::to_string(i), begin, false);
  CHECK(judge.size() == SystemJudge::capacity);
  const auto asked = background.asked;
  judge.ask(chain, "0", begin, false);  // the oldest went
  judge.ask(chain, std::to_string(SystemJudge::capacity), begin, false);
  CHECK(background.asked == asked + 1);
}

TEST_CASE("an answer that comes after its judge has gone is nobody's") {
  Waiting background;
  std::shared_ptr<const certs::SystemAnswer> answer;
  {
    SystemJudge judge(background, refuse);
    answer = judge.ask(chain, "mail", begin, false);
  }
  background.answer();
  CHECK_FALSE(answer->verdict);
}

TEST_CASE("without a judge, or a certificate, nobody is asked") {
  Waiting background;
  CHECK(SystemJudge(background, {}).ask(chain, "mail", begin, false) == nullptr);
  CHECK(SystemJudge(background, refuse).ask({}, "mail", begin, false) == nullptr);
  CHECK(background.asked == 0);
}

TEST_CASE("who waits for an answer is told once, unless they have gone") {
  Waiting background;
  SystemJudge judge(background, refuse);
  const auto answer = judge.ask(chain, "mail", begin, false);
  int told = 0;
  const auto one = judge.await(answer, [&told] { ++told; });
  auto gone = judge.await(answer, [&told] { ++told; });
  const auto other = judge.await(judge.ask(chain, "other", begin, false), [&told] { ++told; });
  REQUIRE(one != nullptr);
  gone.reset();
  background.answer();
  CHECK(told == 2);
  CHECK(judge.await(answer, [&told] { ++told; }) == nullptr);
  CHECK(judge.await(nullptr, [&told] { ++told; }) == nullptr);
}

TEST_CASE("who is told may end another's waiting") {
  Waiting background;
  SystemJudge judge(background, refuse);
  const auto answer = judge.ask(chain, "mail", begin, false);
  std::unique_ptr<Verifier::Waiting> second;
  int told = 0;
  const auto first = judge.await(answer, [&] { ++told, second.reset(); });
  second = judge.await(answer, [&told] { ++told; });
  background.answer();
  CHECK(told == 1);
}
