#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/tls/pair.h"
#include "tests/tls/raw_session.h"
#include "tests/tls/test_identity.h"
#include "tls/alert.h"
#include "tls/wire.h"

using namespace mailtap;
using namespace mailtap::tests;
using tls::Sender;
using tls::Step;
using tls::Version;

TEST_CASE("empty records, however many, end nothing and lose nothing") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  const auto role = GENERATE(Sender::client, Sender::server);
  const std::size_t count = GENERATE(1, 2, 3, 4, 100);
  RawPeers peers(role, {.version = version});
  std::string received;
  auto step = Step::done;
  for (int round = 0; round < 3; ++round) {
    REQUIRE(peers.raw->write(as_bytes("before")) == Step::done);
    for (std::size_t i = 0; i < count; ++i) peers.raw->send_record(tls::wire::application_data, {});
    if (round == 1) peers.pair->carry();
    received += read_all(*peers.ours, step);
    REQUIRE(peers.raw->write(as_bytes(" after ")) == Step::done);
    peers.pair->carry();
    received += read_all(*peers.ours, step);
    CHECK(step == Step::want_read);
  }
  CHECK(received == "before after before after before after ");
  for (std::size_t i = 0; i < count; ++i) peers.raw->send_record(tls::wire::application_data, {});
  peers.pair->carry();
  peers.ours->feed_end();
  CHECK(read_all(*peers.ours, step).empty());
  CHECK(step == Step::truncated);
}

TEST_CASE("empty records that come one by one aren't taken for an end") {
  RawPeers peers(Sender::server);
  auto step = Step::done;
  for (int i = 0; i < 50; ++i) {
    peers.raw->send_record(tls::wire::application_data, {});
    peers.pair->carry();
    CHECK(read_all(*peers.ours, step).empty());
    CHECK(step == Step::want_read);
  }
}

TEST_CASE("a flood of empty records is refused") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  RawPeers peers(Sender::client, {.version = version});
  for (std::size_t i = 0; i < 4097; ++i) peers.raw->send_record(tls::wire::application_data, {});
  peers.pair->carry();
  auto step = Step::done;
  CHECK(read_all(*peers.ours, step).empty());
  CHECK(step == Step::failed);
  CHECK(peers.ours->failure().alert == tls::alert::unexpected_message);
  CHECK(peers.ours->failure().detail == "the client sent more than 4096 empty records in a row");
  peers.pair->carry();
  read_all(*peers.raw, step);
  CHECK(peers.raw->failure().alert == tls::alert::unexpected_message);
  CHECK(peers.raw->failure().alert_from_peer);
}
