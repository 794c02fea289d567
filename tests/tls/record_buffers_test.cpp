#include "tls/engine/record_buffers.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <set>

#include "tests/tls/pair.h"
#include "tests/tls/test_identity.h"

using namespace mailtap;
using namespace mailtap::tests;

namespace {

/// A session that is set up and idle, as after a handshake.
struct Idle {
  Idle() {
    mbedtls_ssl_config_init(&config);
    mbedtls_ssl_init(&ssl);
    mbedtls_ssl_config_defaults(&config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                MBEDTLS_SSL_PRESET_DEFAULT);
    mbedtls_ssl_conf_rng(
        &config, [](void*, unsigned char*, std::size_t) { return 0; }, nullptr);
    REQUIRE(mbedtls_ssl_setup(&ssl, &config) == 0);
  }
  ~Idle() {
    mbedtls_ssl_free(&ssl);
    mbedtls_ssl_config_free(&config);
  }
  Idle(const Idle&) = delete;
  Idle& operator=(const Idle&) = delete;

  unsigned char* in() const { return ssl.MBEDTLS_PRIVATE(in_buf); }
  unsigned char* out() const { return ssl.MBEDTLS_PRIVATE(out_buf); }

  mbedtls_ssl_config config{};
  mbedtls_ssl_context ssl{};
  tls::RecordBuffers buffers{ssl};
};

}  // namespace

TEST_CASE("an idle session has no record buffers, and gets its own when it goes on") {
  REQUIRE(tls::initialise());
  Idle first, second;
  for (auto* const session : {&first, &second}) {
    session->buffers.take_back();
    CHECK(session->in() == nullptr);
    CHECK(session->out() == nullptr);
  }
  REQUIRE(first.buffers.provide());
  REQUIRE(second.buffers.provide());
  const std::set<unsigned char*> all{nullptr, first.in(), first.out(), second.in(), second.out()};
  CHECK(all.size() == 5);
}

TEST_CASE("the counter of received records and the places in the buffers survive a rest") {
  REQUIRE(tls::initialise());
  Idle session;
  auto& ssl = session.ssl;
  ssl.MBEDTLS_PRIVATE(in_ctr)[7] = 5;
  ssl.MBEDTLS_PRIVATE(out_msg) += 8;  // an explicit nonce
  const auto message = ssl.MBEDTLS_PRIVATE(out_msg) - session.out();
  const auto header = ssl.MBEDTLS_PRIVATE(in_hdr) - session.in();
  session.buffers.take_back();
  session.buffers.take_back();  // has nothing to take any more
  REQUIRE(session.buffers.provide());
  CHECK(ssl.MBEDTLS_PRIVATE(in_ctr)[7] == 5);
  CHECK(ssl.MBEDTLS_PRIVATE(out_msg) - session.out() == message);
  CHECK(ssl.MBEDTLS_PRIVATE(in_hdr) - session.in() == header);
}

TEST_CASE("a part of a record keeps its buffer, and a record that isn't sent its own") {
  REQUIRE(tls::initialise());
  Idle session;
  session.ssl.MBEDTLS_PRIVATE(in_left) = 1;
  session.ssl.MBEDTLS_PRIVATE(out_left) = 1;
  session.buffers.received(1);
  session.buffers.take_back();
  CHECK(session.in() != nullptr);
  CHECK(session.out() != nullptr);
}

TEST_CASE("one connection's plaintext isn't left in memory for the next") {
  REQUIRE(tls::initialise());
  std::array<Idle, 40> sessions;  // more than the pool keeps
  for (auto& session : sessions) {
    std::fill_n(session.in() + 13, 100, 'x');
    session.buffers.received(100);
    session.buffers.take_back();
  }
  for (auto& session : sessions) {
    REQUIRE(session.buffers.provide());
    for (auto* const buffer : {session.in(), session.out()})
      CHECK(std::search_n(buffer, buffer + 200, 8, 'x') == buffer + 200);
  }
}

TEST_CASE("what came while a buffer was kept is wiped when it is taken at last") {
  REQUIRE(tls::initialise());
  Idle session;
  auto* const buffer = session.in();
  std::fill_n(buffer + 13, 100, 'x');
  session.ssl.MBEDTLS_PRIVATE(in_left) = 1;
  session.buffers.received(100);
  session.buffers.take_back();
  REQUIRE(session.in() == buffer);
  session.ssl.MBEDTLS_PRIVATE(in_left) = 0;
  session.buffers.received(1);
  session.buffers.take_back();
  CHECK(std::search_n(buffer, buffer + 200, 8, 'x') == buffer + 200);
}

TEST_CASE("a session that ends with records in its buffers leaves them, wiped, to the next") {
  REQUIRE(tls::initialise());
  std::set<unsigned char*> left;
  {
    Idle ended;
    std::fill_n(ended.in() + 13, 100, 'x');
    std::fill_n(ended.out() + 2000, 100, 'x');
    ended.ssl.MBEDTLS_PRIVATE(in_msglen) = 100;
    ended.ssl.MBEDTLS_PRIVATE(out_left) = 100;
    ended.buffers.received(100);
    left = {ended.in(), ended.out()};
    ended.buffers.drop();
    CHECK(ended.in() == nullptr);
    CHECK(ended.out() == nullptr);
  }
  Idle next;
  CHECK(std::set{next.in(), next.out()} == left);
  for (auto* const buffer : {next.in(), next.out()})
    CHECK(std::search_n(buffer, buffer + 4000, 8, 'x') == buffer + 4000);
}

TEST_CASE("sessions take turns with their buffers, record by record and byte by byte") {
  for (const auto version : {tls::Version::tls12, tls::Version::tls13}) {
    tls::ClientParameters client;
    client.sni = "mail.example";
    client.min_version = client.max_version = version;
    tls::ServerParameters server;
    server.identity = make_identity({.key = KeyType::p256, .subject = "CN=m", .extensions = {}});
    Pair first(client, server), second(client, server);
    first.shake_hands();
    second.shake_hands();
    REQUIRE(first.established());
    REQUIRE(second.established());
    for (int round = 0; round < 3; ++round) {
      REQUIRE(first.client->write(as_bytes("one")) == tls::Step::done);
      REQUIRE(second.server->write(as_bytes("two")) == tls::Step::done);
      const Buffer one(first.client->outgoing().begin(), first.client->outgoing().end());
      first.client->consume_outgoing(one.size());
      const Buffer two(second.server->outgoing().begin(), second.server->outgoing().end());
      second.server->consume_outgoing(two.size());
      std::array<std::uint8_t, 16> out{};
      std::string got_one, got_two;
      for (std::size_t i = 0; i < std::max(one.size(), two.size()); ++i) {
        const auto feed = [&](tls::Session& to, const Buffer& bytes, std::string& got) {
          if (i >= bytes.size()) return;
          to.feed(Bytes(bytes).subspan(i, 1));
          const auto read = to.read(out);
          if (read.step == tls::Step::done) got.append(as_text(Bytes(out).first(read.size)));
        };
        feed(*first.server, one, got_one);
        feed(*second.client, two, got_two);
      }
      CHECK(got_one == "one");
      CHECK(got_two == "two");
    }
  }
}
