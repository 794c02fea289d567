#include "certs/advice/verdict_cache.h"

#include <catch2/catch_test_macros.hpp>

#include "certs/verify/trust_store.h"
#include "tests/certs/ask.h"
#include "tls/crypto/backend.h"
#include "tls/crypto/batcher.h"
#include "tls/crypto/fiber_sanitizers.h"

using namespace mailtap;
using namespace mailtap::forge;

namespace {

struct Setting {
  Ca root = Ca::root("Root");
  std::vector<Buffer> chain{root.issue("mail.example.com")};
  std::shared_ptr<const certs::TrustStore> store = *certs::TrustStore::of({root.der});
  certs::VerdictCache cache{4};

  std::shared_ptr<const certs::Verdict> at(Time time, const std::string& name = "mail.example.com") {
    return cache.verify(chain, *store, {name, time});
  }
};

}  // namespace

TEST_CASE("the same question gets the same verdict back") {
  Setting setting;
  const auto first = setting.at(now());
  CHECK(setting.at(now() + std::chrono::hours(1)) == first);
  CHECK(setting.cache.hits() == 1);
}

TEST_CASE("a verdict is not kept past the moment at which it changes") {
  Setting setting;
  Recipe recipe = server("mail.example.com");
  recipe.not_after = now() + std::chrono::minutes(5);
  setting.chain = {setting.root.issue(recipe)};
  CHECK(setting.at(now())->trusted());
  CHECK(setting.at(recipe.not_after)->trusted());
  CHECK_FALSE(setting.at(recipe.not_after + std::chrono::seconds(1))->trusted());
  CHECK(setting.at(now())->trusted());
}

TEST_CASE("another name, profile, chain or store is another question") {
  Setting setting;
  CHECK(setting.at(now())->acceptable());
  CHECK_FALSE(setting.at(now(), "other.example.com")->acceptable());
  const auto other = *certs::TrustStore::of({Ca::root("Other").der});
  CHECK_FALSE(setting.cache.verify(setting.chain, *other, {"mail.example.com", now()})->trusted());
  CHECK(setting.cache.hits() == 0);
}

TEST_CASE("the cache holds no more than its capacity, the last used stay") {
  Setting setting;
  for (int i = 0; i < 10; ++i) {
    setting.at(now(), "n" + std::to_string(i));
    setting.at(now(), "n0");
  }
  CHECK(setting.cache.size() == 4);
  CHECK(setting.cache.hits() == 10);
}

TEST_CASE("chains are verified at the same time, their signatures verified together") {
  if (crypto::backend() != crypto::Backend::multibuffer)
    SKIP("NOT TESTED, no signature waits here: " + crypto::why_not(crypto::Backend::multibuffer));
  constexpr std::size_t count = 8;
  Setting setting;
  setting.cache = certs::VerdictCache(2 * count);
  std::vector<std::vector<Buffer>> chains;
  for (std::size_t i = 0; i < count; ++i) {
    const auto issuing = setting.root.issue_ca("Issuing " + std::to_string(i));
    chains.push_back({issuing.issue("mail.example.com"), issuing.der});
  }
  chains[3][0].back() ^= 1;  // of its signature

  crypto::Batcher batcher;
  const crypto::Task another(batcher, nullptr);  // so that the first connection isn't alone
  const crypto::Task and_its_other_leg(batcher, nullptr);
  std::vector<std::shared_ptr<const certs::Verdict>> verdicts(count);
  std::vector<std::unique_ptr<crypto::Task>> tasks;
  for (std::size_t i = 0; i < count; ++i) {
    tasks.push_back(std::make_unique<crypto::Task>(batcher, nullptr));
    tasks.back()->start([&, i] {
      verdicts[i] = setting.cache.verify(chains[i], *setting.store, {"mail.example.com", now()});
    });
  }
  CHECK(verdicts == std::vector<std::shared_ptr<const certs::Verdict>>(count));  // all wait
  tasks[5].reset();  // its connection is gone: the verdict is found all the same
  CHECK(verdicts[5]->trusted());
  while (batcher.has_work()) batcher.step();

  for (std::size_t i = 0; i < count; ++i) {
    REQUIRE(verdicts[i]);
    CHECK(verdicts[i]->trusted() == (i != 3));
    // Each answer was remembered for its own question.
    CHECK(setting.cache.verify(chains[i], *setting.store, {"mail.example.com", now()}) == verdicts[i]);
  }
  CHECK(setting.cache.size() == count);
  CHECK(batcher.counts(crypto::JobKind::p256_verify).batches_of[7] > 0);
}

TEST_CASE("the same question asked twice at the same time is remembered once") {
  Setting setting;
  crypto::Batcher batcher;
  std::vector<std::shared_ptr<const certs::Verdict>> verdicts(2);
  std::vector<std::unique_ptr<crypto::Task>> tasks;
  for (auto& verdict : verdicts) {
    tasks.push_back(std::make_unique<crypto::Task>(batcher, nullptr));
    tasks.back()->start([&] { verdict = setting.at(now()); });
  }
  while (batcher.has_work()) batcher.step();
  for (const auto& verdict : verdicts) CHECK(verdict->trusted());
  CHECK(setting.cache.size() == 1);
  for (int i = 0; i < 10; ++i) setting.at(now(), "n" + std::to_string(i));
  CHECK(setting.cache.size() == 4);
}

TEST_CASE("the longest chain that is looked at leaves most of a verifying fiber's stack free") {
  std::vector<Ca> authorities{Ca::root("Root")};
  for (int i = 0; i < 30; ++i) authorities.push_back(authorities.back().issue_ca("CA " + std::to_string(i)));
  std::vector<Buffer> chain{authorities.back().issue("mail.example.com")};
  for (auto ca = authorities.rbegin(); ca != authorities.rend(); ++ca) chain.push_back(ca->der);
  const auto store = *certs::TrustStore::of({authorities.front().der});
  certs::VerdictCache cache;
  crypto::Batcher batcher;
  crypto::StackPool stacks(certs::verification_stack, 1);
  crypto::Task task(batcher, stacks, nullptr);
  std::shared_ptr<const certs::Verdict> verdict;
  task.start([&] { verdict = cache.verify(chain, *store, {"mail.example.com", now()}); });
  while (batcher.has_work()) batcher.step();
  REQUIRE(verdict);
  CHECK(stacks.deepest_use() < certs::verification_stack / 4 * crypto::sanitizers::stack_factor);
}
