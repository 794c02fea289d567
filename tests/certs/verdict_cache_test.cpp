#include "certs/verdict_cache.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/certs/ask.h"

using namespace mailtap;
using namespace mailtap::forge;

namespace {

struct Setting {
  Ca root = Ca::root("Root");
  std::vector<Buffer> chain{root.issue("mail.example.com")};
  std::shared_ptr<const certs::TrustStore> store = *certs::TrustStore::of({root.der});
  certs::VerdictCache cache{4};

  std::shared_ptr<const certs::Verdict> at(Time time, const std::string& name = "mail.example.com") {
    return cache.judge(chain, *store, {name, time});
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
  CHECK_FALSE(setting.cache.judge(setting.chain, *other, {"mail.example.com", now()})->trusted());
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
