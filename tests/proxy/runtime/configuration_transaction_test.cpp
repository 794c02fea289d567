#include "proxy/runtime/configuration_transaction.h"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <utility>
#include <vector>

using namespace mailtap;
using namespace mailtap::proxy;

namespace {

/// What is in force of two parts, and what happened, in order.
struct World {
  std::string first = "old";
  std::string second = "old";
  std::vector<std::string> happened;
};

class FakePart final : public ConfigurationPart {
 public:
  FakePart(World& world, std::string name, std::string& in_force, std::string fails_at = {})
      : world_(world), name_(std::move(name)), in_force_(in_force), fails_at_(std::move(fails_at)) {}
  ~FakePart() override { world_.happened.push_back("drop " + name_); }

  Result<void> prepare(const config::Settings& /*settings*/) override { return step("prepare"); }
  Result<void> open() override { return step("open"); }
  void apply() override {
    static_cast<void>(step("apply"));
    in_force_ = "new";
  }

 private:
  Result<void> step(const std::string& what) {
    world_.happened.push_back(what + " " + name_);
    return what == fails_at_ ? fail(name_ + " can't " + what) : Result<void>{};
  }

  World& world_;
  const std::string name_;
  std::string& in_force_;
  const std::string fails_at_;
};

ConfigurationTransaction transaction(World& world, const std::string& first_fails_at,
                                     const std::string& second_fails_at) {
  ConfigurationTransaction::Parts parts;
  parts.push_back(std::make_unique<FakePart>(world, "first", world.first, first_fails_at));
  parts.push_back(std::make_unique<FakePart>(world, "second", world.second, second_fails_at));
  return ConfigurationTransaction(std::move(parts));
}

using Happened = std::vector<std::string>;

}  // namespace

TEST_CASE("nothing of a new configuration is in force before apply, and all of it after") {
  World world;
  auto change = transaction(world, "", "");
  REQUIRE(change.prepare({}));
  REQUIRE(change.open());
  CHECK(world.first == "old");
  CHECK(world.second == "old");
  change.apply();
  CHECK(world.first == "new");
  CHECK(world.second == "new");
  CHECK(world.happened == Happened{"prepare first", "prepare second", "open first", "open second",
                                   "apply first", "apply second"});
}

TEST_CASE("a part that can't be prepared leaves everything as it was, and what was prepared is dropped") {
  World world;
  auto change = transaction(world, "", "prepare");
  const auto prepared = change.prepare({});
  REQUIRE_FALSE(prepared);
  CHECK(prepared.error().message == "second can't prepare");
  CHECK(world.happened == Happened{"prepare first", "prepare second", "drop second", "drop first"});
  CHECK_FALSE(change.open());
  CHECK(world.first == "old");
  CHECK(world.second == "old");
}

TEST_CASE("those after a part that can't be prepared aren't asked") {
  World world;
  auto change = transaction(world, "prepare", "");
  REQUIRE_FALSE(change.prepare({}));
  CHECK(world.happened == Happened{"prepare first", "drop second", "drop first"});
}

TEST_CASE("a part that can't open its files leaves everything as it was, and what was opened is dropped") {
  World world;
  auto change = transaction(world, "", "open");
  REQUIRE(change.prepare({}));
  const auto opened = change.open();
  REQUIRE_FALSE(opened);
  CHECK(opened.error().message == "second can't open");
  CHECK(world.first == "old");
  CHECK(world.second == "old");
  CHECK(world.happened == Happened{"prepare first", "prepare second", "open first", "open second",
                                   "drop second", "drop first"});
}

TEST_CASE("a transaction that is given up after it was prepared changes nothing") {
  World world;
  {
    auto change = transaction(world, "", "");
    REQUIRE(change.prepare({}));
    REQUIRE(change.open());
  }
  CHECK(world.first == "old");
  CHECK(world.second == "old");
}
