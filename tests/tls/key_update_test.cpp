// TLS 1.3's KeyUpdate (RFC 8446 section 4.6.3).
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

namespace {

/// How many records `text` is sent in.
std::size_t records_for(tls::Session& session, std::string_view text) {
  REQUIRE(session.outgoing().empty());
  REQUIRE(session.write(as_bytes(text)) == Step::done);
  tls::wire::RecordReader reader;
  reader.append(session.outgoing());
  std::size_t count = 0;
  while (reader.next().value()) ++count;
  return count;
}

}  // namespace

TEST_CASE("the peer goes on with new keys in the middle of what it sends, asking for one of ours or not") {
  const auto role = GENERATE(Sender::client, Sender::server);
  const auto suite = GENERATE(MBEDTLS_TLS1_3_AES_128_GCM_SHA256, MBEDTLS_TLS1_3_AES_256_GCM_SHA384,
                              MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256);
  const bool requested = GENERATE(false, true);
  const bool in_pieces = GENERATE(false, true);
  RawPeers peers(role, {.suite = suite});
  std::string sent, received, answers;
  for (int round = 0; round < 10; ++round) {
    const std::string text(20'000, static_cast<char>('a' + round));
    REQUIRE(peers.raw->write(as_bytes(text)) == Step::done);
    peers.raw->send_key_update(requested, in_pieces);
    REQUIRE(peers.raw->write(as_bytes(text)) == Step::done);
    sent += text + text;
    peers.pair->carry();
    received += read_all(*peers.ours);
    CHECK(records_for(*peers.ours, "answer") == (requested ? 2 : 1));
    peers.pair->carry();
    answers += read_all(*peers.raw);
  }
  CHECK(received == sent);
  CHECK(answers.size() == 60);
}

TEST_CASE("several requests for a new key are answered once, before data") {
  RawPeers peers(GENERATE(Sender::client, Sender::server));
  for (int i = 0; i < 5; ++i) peers.raw->send_key_update(true);
  peers.pair->carry();
  CHECK(read_all(*peers.ours).empty());
  CHECK(peers.ours->outgoing().empty());
  CHECK(records_for(*peers.ours, "data") == 2);
  peers.pair->carry();
  CHECK(read_all(*peers.raw) == "data");
  CHECK(records_for(*peers.ours, "more") == 1);
}

TEST_CASE("both sides ask for a new key at the same time") {
  auto client = std::make_unique<RawSession>(Sender::client, Version::tls13);
  auto server = std::make_unique<RawSession>(Sender::server, Version::tls13);
  auto& first = *client;
  auto& second = *server;
  Pair pair(std::move(client), std::move(server));
  pair.shake_hands();
  REQUIRE(pair.established());
  for (int round = 0; round < 3; ++round) {
    first.send_key_update(true);
    second.send_key_update(true);
    pair.carry();
    CHECK(read_all(first).empty());
    CHECK(read_all(second).empty());
    REQUIRE(first.write(as_bytes("of the client")) == Step::done);
    REQUIRE(second.write(as_bytes("of the server")) == Step::done);
    pair.carry();
    CHECK(read_all(second) == "of the client");
    CHECK(read_all(first) == "of the server");
  }
}

TEST_CASE("a key of ours makes way for the next before its limit") {
  constexpr std::size_t records_per_key = 8;
  const auto role = GENERATE(Sender::client, Sender::server);
  RawPeers peers(role, {.records_per_key = records_per_key});
  std::string received;
  std::size_t records = 0;
  for (int i = 0; i < 100; ++i) {
    records += records_for(*peers.ours, "piece ");
    peers.pair->carry();
    received += read_all(*peers.raw);
  }
  CHECK(received.size() == 600);
  // Seven of data and the KeyUpdate.
  CHECK(records >= 100 + 100 / (records_per_key - 1));
  CHECK(records <= 100 + 100 / (records_per_key - 1) + 1);
}

TEST_CASE("a write of many records changes keys in its midst") {
  RawPeers peers(GENERATE(Sender::client, Sender::server), {.records_per_key = 4});
  const std::string text(200'000, 'k');
  REQUIRE(peers.ours->write(as_bytes(text)) == Step::done);
  peers.pair->carry();
  CHECK(read_all(*peers.raw) == text);
}

TEST_CASE("a KeyUpdate that is none is refused with the RFC's alert") {
  struct Wrong {
    std::string what;
    Buffer content;
    int alert;
  };
  const auto wrong = GENERATE(
      Wrong{"empty", {24, 0, 0, 0}, tls::alert::decode_error},
      Wrong{"two bytes", {24, 0, 0, 2, 0, 0}, tls::alert::decode_error},
      Wrong{"neither asked for nor not", {24, 0, 0, 1, 2}, tls::alert::illegal_parameter},
      Wrong{"another message after it", {24, 0, 0, 1, 0, 24, 0, 0, 1, 0}, tls::alert::unexpected_message},
      Wrong{"a part of one after it", {24, 0, 0, 1, 0, 24}, tls::alert::unexpected_message});
  CAPTURE(wrong.what);
  RawPeers peers(GENERATE(Sender::client, Sender::server));
  peers.raw->send_record(tls::wire::handshake, wrong.content);
  peers.pair->carry();
  auto step = Step::done;
  CHECK(read_all(*peers.ours, step).empty());
  CHECK(step == Step::failed);
  CHECK(peers.ours->failure().alert == wrong.alert);
  peers.pair->carry();
  read_all(*peers.raw, step);
  CHECK(peers.raw->failure().alert == wrong.alert);
  CHECK(peers.raw->failure().alert_from_peer);
}

TEST_CASE("data between two parts of a KeyUpdate is refused") {
  RawPeers peers(Sender::client);
  const Buffer start{24, 0, 0};
  peers.raw->send_record(tls::wire::handshake, start);
  REQUIRE(peers.raw->write(as_bytes("data")) == Step::done);
  peers.pair->carry();
  auto step = Step::done;
  CHECK(read_all(*peers.ours, step).empty());
  CHECK(step == Step::failed);
  CHECK(peers.ours->failure().alert == tls::alert::unexpected_message);
}

TEST_CASE("KeyUpdates without data are a flood at some point, and with it never") {
  RawPeers peers(Sender::client);
  std::string received;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 1000; ++i) peers.raw->send_key_update(true);
    REQUIRE(peers.raw->write(as_bytes("data")) == Step::done);
    peers.pair->carry();
    received += read_all(*peers.ours);
  }
  CHECK(received == "datadatadata");
  for (int i = 0; i < 1025; ++i) peers.raw->send_key_update(false);
  peers.pair->carry();
  auto step = Step::done;
  read_all(*peers.ours, step);
  CHECK(step == Step::failed);
  CHECK(peers.ours->failure().alert == tls::alert::unexpected_message);
  CHECK(peers.ours->failure().detail ==
        "the client sent more than 1024 KeyUpdates without data between them");
}

TEST_CASE("a KeyUpdate before the handshake's end is refused") {
  auto client = std::make_unique<RawSession>(Sender::client, Version::tls13);
  auto& raw = *client;
  tls::ServerParameters server;
  server.identity = make_identity();
  Pair pair(std::move(client), tls::make_server_session(std::move(server)));
  CHECK(pair.client->handshake() == Step::want_read);
  CHECK(pair.carry());
  CHECK(pair.server->handshake() == Step::want_read);
  CHECK(pair.carry());
  while (raw.ssl().MBEDTLS_PRIVATE(state) != MBEDTLS_SSL_CLIENT_FINISHED)
    REQUIRE(mbedtls_ssl_handshake_step(&raw.ssl()) == 0);
  const Buffer update{24, 0, 0, 1, 0};
  raw.send_record(tls::wire::handshake, update);
  pair.carry();
  CHECK(pair.server->handshake() == Step::failed);
  CHECK(pair.server->failure().alert == tls::alert::unexpected_message);
}
