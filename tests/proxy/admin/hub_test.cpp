#include "proxy/admin/hub.h"

#include <catch2/catch_test_macros.hpp>

#include <rapidjson/document.h>

#include "certs/verify/verdict.h"
#include "inspect/record.h"
#include "proxy/admin/api_json.h"
#include "records.h"

using namespace mailtap;
using namespace mailtap::admin;
using namespace mailtap::testing;

namespace {

rapidjson::Document parse(const std::string& json) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseValidateEncodingFlag>(json.data(), json.size());
  REQUIRE_FALSE(document.HasParseError());
  return document;
}

}  // namespace

TEST_CASE("the latest connections are kept, and good ones don't push out those of note") {
  Hub hub({.recent = 3, .notable = 2});
  hub.ended(bad_connection(1), moment());
  for (std::uint64_t id = 2; id < 10; ++id) hub.ended(good_connection(id), moment());
  CHECK(hub.recent().size() == 3);
  CHECK(hub.recent().back()->id == 9);
  CHECK(hub.notable().size() == 1);
  CHECK(hub.find(1)->id == 1);
  CHECK(hub.find(9)->id == 9);
  CHECK(hub.find(2) == nullptr);
  CHECK(hub.totals().connections == 9);
  CHECK(hub.totals().untrusted == 1);
  CHECK(hub.totals().bytes == 36'000);
}

TEST_CASE("a connection is open from its relay to its end, and there is an end to how many are known") {
  Hub hub({.open = 2});
  for (std::uint64_t id = 1; id <= 3; ++id) hub.opened(good_connection(id));
  CHECK(hub.open().size() == 2);
  hub.ended(good_connection(1), moment());
  CHECK_FALSE(hub.open().contains(1));
  CHECK(hub.open().contains(2));
  hub.lost();
  CHECK(hub.open().empty());
}

TEST_CASE("an upstream is known by route, address and name, with its latest certificate and failure") {
  Hub hub;
  hub.ended(unreached_connection(1), moment());
  REQUIRE(hub.upstreams().size() == 1);
  CHECK(hub.upstreams().begin()->second.with_verdict == nullptr);
  hub.ended(good_connection(2), moment());
  hub.ended(unreached_connection(3), moment());
  REQUIRE(hub.upstreams().size() == 1);
  const auto& upstream = hub.upstreams().begin()->second;
  CHECK(upstream.name == "mail.contoso.com");
  CHECK(upstream.connections == 3);
  CHECK(upstream.failed == 2);
  CHECK(upstream.with_verdict->id == 2);
  CHECK(upstream.last_failure->id == 3);
  hub.ended(good_connection(4, "other.contoso.com"), moment());
  CHECK(hub.upstreams().size() == 2);
}

TEST_CASE("names that a client makes up don't fill the memory: the upstream not seen for longest goes") {
  Hub hub({.upstreams = 3});
  for (std::uint64_t id = 0; id < 10; ++id) {
    auto connection = good_connection(id, "n" + std::to_string(id) + ".test");
    connection.time += std::chrono::seconds(id);
    hub.ended(std::move(connection), moment());
  }
  CHECK(hub.upstreams().size() == 3);
  CHECK(hub.upstreams().begin()->second.name == "n7.test");
  CHECK(hub.upstreams_forgotten() == 7);
}

TEST_CASE("the first certificate of the path to end counts") {
  CHECK(expiry_of(*good_connection(1).verdict) == moment() + std::chrono::days{90});
  auto verdict = *good_connection(1).verdict;
  verdict.chain[1].not_after = moment();
  CHECK(expiry_of(verdict) == moment());
  verdict.path.clear();
  CHECK(expiry_of(verdict) == moment() + std::chrono::days{90});
  CHECK(expiry_of(certs::Verdict{}) == Time{});
}

TEST_CASE("counts stand in the bucket of their time, and old ones go") {
  Series series(std::chrono::seconds{10}, 3);
  const auto begin = std::chrono::sys_seconds(std::chrono::seconds{1'000});
  const auto connections_until = [&](int seconds) {
    std::vector<std::uint64_t> all;
    for (const auto& bucket : series.until(begin + std::chrono::seconds(seconds)))
      all.push_back(bucket.connections);
    return all;
  };
  const auto add = [&](int seconds) {
    Counts one;
    one.connections = 1;
    series.add(begin + std::chrono::seconds(seconds), one);
  };
  add(0);
  add(9);
  add(10);
  CHECK(connections_until(10) == std::vector<std::uint64_t>{0, 2, 1});
  CHECK(connections_until(29) == std::vector<std::uint64_t>{2, 1, 0});
  CHECK(connections_until(30) == std::vector<std::uint64_t>{1, 0, 0});
  add(10);  // late, and still in time
  add(0);   // too late
  CHECK(connections_until(30) == std::vector<std::uint64_t>{2, 0, 0});
  CHECK(connections_until(10'000) == std::vector<std::uint64_t>{0, 0, 0});
}

TEST_CASE("buckets are taken together at multiples of their number, and the newest is among them") {
  Series series(std::chrono::seconds{1}, 20);
  Counts one;
  one.connections = 1;
  for (int second = 0; second < 12; ++second)
    series.add(std::chrono::sys_seconds(std::chrono::seconds(1'000 + second)), one);
  std::vector<std::uint64_t> all;
  for (const auto& bucket : series.until(std::chrono::sys_seconds(std::chrono::seconds{1'011}), 3, 5))
    all.push_back(bucket.connections);
  CHECK(all == std::vector<std::uint64_t>{5, 5, 2});
}

TEST_CASE("of how long handshakes took the median and the slowest percent are known within half an octave") {
  using std::chrono::microseconds;
  Durations durations;
  CHECK_FALSE(durations.quantile(.5).has_value());
  for (int i = 0; i < 98; ++i) durations.add(microseconds{1'900});
  durations.add(microseconds{900'000});
  durations.add(std::chrono::hours{1});
  CHECK(durations.quantile(.5) >= microseconds{1'900});
  CHECK(durations.quantile(.5) <= microseconds{1'900} * 1415 / 1000);
  CHECK(durations.quantile(.99) >= microseconds{900'000});
  CHECK(durations.quantile(.99) <= microseconds{900'000} * 1415 / 1000);
  CHECK(durations.quantile(1) >= std::chrono::seconds{60});
}

TEST_CASE("a server's health is the worst that its latest connections say") {
  Hub hub;
  const auto health = [&] { return hub.upstreams().begin()->second.health(); };
  hub.ended(unreached_connection(1), moment());
  CHECK(health() == Health::down);
  hub.ended(good_connection(2), moment());
  CHECK(health() == Health::well);
  auto refused = good_connection(3);
  refused.reaction.kind = inspect::ReactionKind::rejected;
  hub.ended(refused, moment());
  CHECK(health() == Health::refused);
  hub.ended(bad_connection(4), moment());
  CHECK(health() == Health::faulty);
  hub.ended(unreached_connection(5), moment());
  CHECK(health() == Health::down);
  CHECK(hub.totals().refused == 1);
  CHECK(hub.totals().failed_upstream == 2);
}

TEST_CASE("the API's JSON says of each connection what a row shows, newest first") {
  Hub hub;
  hub.ended(good_connection(1), moment());
  hub.ended(bad_connection(2), moment());
  hub.opened(good_connection(3));
  const auto recent = parse(connections_json(hub, Which::recent, 10));
  REQUIRE(recent["connections"].Size() == 2);
  const auto& newest = recent["connections"][0];
  CHECK(newest["id"].GetInt() == 2);
  CHECK(newest["verdict"]["faults"][0] == "self-signed");
  CHECK(newest["notable"].GetBool());
  CHECK(newest["ending"]["reason"] == "closed");
  CHECK(parse(connections_json(hub, Which::recent, 1))["connections"].Size() == 1);
  CHECK(parse(connections_json(hub, Which::notable, 10))["connections"].Size() == 1);
  const auto open = parse(connections_json(hub, Which::open, 10));
  CHECK(open["connections"][0]["id"].GetInt() == 3);
  CHECK(open["connections"][0]["ending"].IsNull());
  const auto one = parse(connection_json(*hub.find(1), certs::Language::english));
  CHECK(one["began_us"]["upstream_handshake"].GetInt() == 1'000);
  CHECK(one["chain"].Size() == 2);
  const auto upstreams = parse(upstreams_json(hub, certs::Language::english));
  CHECK(upstreams["upstreams"][0]["expires"] == "2027-02-21T20:00:00Z");
  const auto counts = parse(counts_json(hub, *span_of("5m"), moment()));
  CHECK(counts["connections"].Size() == 300);
  CHECK(counts["connections"][299].GetInt() == 2);
  CHECK(counts["totals"]["untrusted"].GetInt() == 1);
  CHECK(counts["last_hour"]["connections"].GetInt() == 2);
  CHECK(counts["endings"]["closed"].GetInt() == 2);
  for (const auto& [span, buckets] : {std::pair{"15m", 180u}, {"1h", 60u}, {"24h", 144u}, {"30d", 720u}}) {
    const auto told = parse(counts_json(hub, *span_of(span), moment()));
    CHECK(told["connections"].Size() == buckets);
    CHECK(told["connections"][buckets - 1].GetInt() == 2);
    CHECK(told["upstream_handshake_us"]["p50"][buckets - 1].GetInt() > 0);
  }
  CHECK(span_of("7y") == nullptr);
}

TEST_CASE("what to do about a server is told in the language that is asked for, with the commands") {
  Hub hub;
  hub.ended(bad_connection(1), moment());
  const auto english = parse(upstreams_json(hub, certs::Language::english));
  const auto vietnamese = parse(upstreams_json(hub, certs::Language::vietnamese));
  const auto& remedies = english["upstreams"][0]["remedies"];
  CHECK(remedies["steps"].Size() > 0);
  CHECK(english["upstreams"][0]["health"] == "faulty");
  CHECK(remedies["advice"].GetStringLength() > 0);
  CHECK(remedies["advice"] != vietnamese["upstreams"][0]["remedies"]["advice"]);
}

TEST_CASE("of a crowd a batch tells what is of note, and counts the rest") {
  std::vector<ConnectionPtr> ended;
  for (std::uint64_t id = 1; id <= 200; ++id)
    ended.push_back(
        std::make_shared<inspect::ConnectionRecord>(id == 7 ? bad_connection(id) : good_connection(id)));
  const auto batch = parse(batch_json({}, ended, {}, 5, 10));
  REQUIRE(batch["ended"].Size() == 10);
  CHECK(batch["left_out"].GetInt() == 190);
  CHECK(batch["open"].GetInt() == 5);
  bool has_bad = false;
  bool has_newest = false;
  for (const auto& each : batch["ended"].GetArray()) {
    has_bad = has_bad || each["id"].GetInt() == 7;
    has_newest = has_newest || each["id"].GetInt() == 200;
  }
  CHECK(has_bad);
  CHECK(has_newest);
}
