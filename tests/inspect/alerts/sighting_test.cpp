#include "inspect/alerts/sighting.h"

#include <catch2/catch_test_macros.hpp>
#include <set>

#include "inspect/record.h"
#include "transcript.h"

using namespace mailtap;
using namespace mailtap::testing;
using inspect::ReactionKind;

namespace {

inspect::ConnectionRecord connection(const std::shared_ptr<const certs::Verdict>& verdict,
                                     ReactionKind reaction = ReactionKind::accepted) {
  inspect::ConnectionRecord c;
  c.id = 7;
  c.route = "exchange";
  c.upstream_configured = "10.0.0.5:443";
  c.downstream.address = "192.0.2.7:51234";
  c.verdict = verdict;
  c.reaction.kind = reaction;
  return c;
}

}  // namespace

TEST_CASE("the same verdict on the same upstream is said once a minute") {
  alerts::SharedDeduplicator shared;
  alerts::Deduplicator deduplicator(shared);
  const auto verdict = verdict_on({});
  const auto said = deduplicator.pass(connection(verdict), noon());
  REQUIRE(said);
  CHECK(said->client == "192.0.2.7");
  CHECK(said->connection == 7);
  CHECK_FALSE(deduplicator.pass(connection(verdict), noon() + 59s));
  CHECK(deduplicator.pass(connection(verdict), noon() + 60s));
  CHECK_FALSE(deduplicator.pass(connection(verdict), noon() + 61s));
  CHECK(deduplicator.pass(connection(verdict_on({})), noon() + 61s));  // judged anew
  auto other = connection(verdict);
  other.upstream_configured = "10.0.0.6:443";
  CHECK(deduplicator.pass(other, noon() + 61s));
  CHECK(deduplicator.pass(connection(verdict), noon()));  // the clock was set back
}

TEST_CASE("a connection without a certificate says nothing") {
  alerts::SharedDeduplicator shared;
  alerts::Deduplicator deduplicator(shared);
  CHECK_FALSE(deduplicator.pass(connection(nullptr, ReactionKind::rejected), noon()));
}

TEST_CASE("rejections are always said, acceptances while the client is known to reject") {
  alerts::SharedDeduplicator shared;
  alerts::Deduplicator deduplicator(shared);
  const auto verdict = verdict_on({});
  CHECK(deduplicator.pass(connection(verdict), noon()));
  CHECK(deduplicator.pass(connection(verdict, ReactionKind::rejected), noon()));
  CHECK(deduplicator.pass(connection(verdict, ReactionKind::left_at_certificate), noon()));
  CHECK_FALSE(deduplicator.pass(connection(verdict), noon()));
  shared.rejecting.set(std::set<std::string>{"192.0.2.7"});
  CHECK(deduplicator.pass(connection(verdict), noon()));
  CHECK_FALSE(deduplicator.pass(connection(verdict, ReactionKind::no_request), noon()));
  shared.rejecting.set(std::set<std::string>());
  CHECK_FALSE(deduplicator.pass(connection(verdict), noon()));
}

TEST_CASE("many upstreams are said again rather than remembered without bound") {
  alerts::SharedDeduplicator shared;
  alerts::Deduplicator deduplicator(shared);
  const auto verdict = verdict_on({});
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < 1000; ++i) {
      auto one = connection(verdict);
      one.upstream_configured = "10.0.0.5:" + std::to_string(i);
      CHECK(deduplicator.pass(one, noon()));
    }
}

TEST_CASE("a verdict that takes the place of another is said at once, as long as that isn't often") {
  alerts::SharedDeduplicator shared;
  alerts::Deduplicator deduplicator(shared);
  const auto good = verdict_on({});
  const auto bad = verdict_on({.faults = {certs::Fault::expired}});
  CHECK(deduplicator.pass(connection(good), noon()));
  CHECK(deduplicator.pass(connection(bad), noon()));
  CHECK(deduplicator.pass(connection(good), noon()));
  CHECK_FALSE(deduplicator.pass(connection(good), noon()));
  int said = 0;
  for (int ms = 0; ms < 10'000; ++ms)
    said += deduplicator.pass(connection(ms % 2 == 0 ? bad : good), noon() + std::chrono::milliseconds(ms))
                ? 1
                : 0;
  CHECK(said > 100);
  CHECK(said < 140);
}

TEST_CASE("what another worker has said since is gone back from") {
  alerts::SharedDeduplicator shared;
  alerts::Deduplicator one(shared);
  alerts::Deduplicator other(shared);
  const auto good = verdict_on({});
  const auto good_of_other = verdict_on({});
  const auto bad = verdict_on({.faults = {certs::Fault::expired}});
  CHECK(one.pass(connection(good), noon()));
  CHECK(other.pass(connection(good_of_other), noon()));
  CHECK_FALSE(one.pass(connection(good), noon()));
  CHECK(other.pass(connection(bad), noon()));
  CHECK(one.pass(connection(good), noon()));
  CHECK_FALSE(other.pass(connection(good_of_other), noon()));
}

TEST_CASE("a client's address is known without its port") {
  CHECK(alerts::host_of("192.0.2.7:51234") == "192.0.2.7");
  CHECK(alerts::host_of("[2001:db8::1]:443") == "2001:db8::1");
  CHECK(alerts::host_of("") == "");
}
