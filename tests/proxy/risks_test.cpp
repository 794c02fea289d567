#include "proxy/risks.h"

#include <catch2/catch_test_macros.hpp>

using namespace mailtap;

namespace {

config::Route route() {
  config::Route route;
  route.id = "exchange";
  route.present = config::Presentation::mirror;
  return route;
}

}  // namespace

TEST_CASE("a route that shows the server's own faults risks nothing") {
  CHECK(proxy::risks_of(route()).empty());
}

TEST_CASE("who shows a good certificate over any server is told what to add") {
  auto trusting = route();
  trusting.present = config::Presentation::issue;
  const auto risks = proxy::risks_of(trusting);
  REQUIRE(risks.size() == 1);
  CHECK(risks.front().starts_with("exchange: clients are shown a good certificate"));

  trusting.require_trusted = true;
  CHECK(proxy::risks_of(trusting).empty());
}

TEST_CASE("each risk is told on its own") {
  auto risky = route();
  risky.allow_plaintext = true;
  risky.legacy_tls.downstream = true;
  risky.keylog = "keys.log";
  risky.trace.secrets = true;
  CHECK(proxy::risks_of(risky).size() == 4);
}
