// Early data that isn't taken (RFC 8446 section 4.2.10).
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/tls/pair.h"
#include "tests/tls/raw_session.h"
#include "tests/tls/test_identity.h"
#include "tls/alert.h"
#include "tls/sessions/tickets.h"

using namespace mailtap;
using namespace mailtap::tests;
using tls::Sender;
using tls::Step;
using tls::Version;

namespace {

constexpr std::uint32_t more_than_enough = 1'000'000'000;

tls::ServerParameters server_with(std::shared_ptr<tls::TicketKeys> tickets) {
  tls::ServerParameters server;
  server.identity = make_identity();
  server.tickets = std::move(tickets);
  return server;
}

tls::SavedSession session_with(std::unique_ptr<tls::Session> server) {
  tls::ClientParameters client;
  client.min_version = Version::tls13;
  Pair pair(tls::make_client_session(std::move(client)), std::move(server));
  pair.shake_hands();
  REQUIRE(pair.established());
  CHECK(read_all(*pair.client).empty());
  auto saved = pair.client->take_saved_session();
  REQUIRE(saved);
  return *saved;
}

/// What a client has that was connected to a server without mailtap between.
tls::SavedSession foreign_session() {
  auto server = std::make_unique<RawSession>(Sender::server, Version::tls13);
  server->give_foreign_tickets();
  return session_with(std::move(server));
}

std::unique_ptr<RawSession> client_with(const tls::SavedSession& saved,
                                        std::vector<std::uint16_t> groups = {}) {
  auto client = std::make_unique<RawSession>(Sender::client, Version::tls13, nullptr, std::move(groups));
  client->resume(saved, more_than_enough);
  return client;
}

const std::vector<std::uint16_t> two_groups = {MBEDTLS_SSL_IANA_TLS_GROUP_X25519,
                                               MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1};

/// Asks for another hello, as a client of `two_groups` has sent a share for the first alone.
std::unique_ptr<tls::Session> server_of_second_group() {
  return std::make_unique<RawSession>(Sender::server, Version::tls13, nullptr,
                                      std::vector<std::uint16_t>{MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1});
}

/// Both directions carry data, of which the early part was none.
void check_exchange(Pair& pair) {
  REQUIRE(pair.established());
  REQUIRE(pair.client->write(as_bytes("the request")) == Step::done);
  pair.carry();
  CHECK(read_all(*pair.server) == "the request");
  REQUIRE(pair.server->write(as_bytes("the answer")) == Step::done);
  pair.carry();
  CHECK(read_all(*pair.client) == "the answer");
}

}  // namespace

TEST_CASE("early data to which another server's ticket invited is skipped, and the request arrives") {
  const std::size_t size = GENERATE(1, 200, 16'384, 100'000);
  const auto segments = GENERATE(Segments::whole, Segments::one_byte);
  const bool gives_tickets = GENERATE(false, true);
  auto client = client_with(foreign_session());
  REQUIRE(client->write_early_data(size) == size);
  Pair pair(std::move(client),
            tls::make_server_session(server_with(gives_tickets ? tls::TicketKeys::make().value() : nullptr)),
            segments);
  pair.shake_hands();
  CHECK_FALSE(pair.server->agreed().resumed);
  check_exchange(pair);
}

TEST_CASE("early data of a client that resumes a session of ours is skipped") {
  const std::size_t size = GENERATE(200, 16'384, 100'000);
  const auto tickets = tls::TicketKeys::make().value();
  auto client = client_with(session_with(tls::make_server_session(server_with(tickets))));
  REQUIRE(client->write_early_data(size) == size);
  Pair pair(std::move(client), tls::make_server_session(server_with(tickets)));
  pair.shake_hands();
  CHECK(pair.server->agreed().resumed);
  check_exchange(pair);
}

TEST_CASE("early data before a HelloRetryRequest is skipped until the second hello") {
  const std::size_t size = GENERATE(200, 16'384, 100'000);
  auto client = client_with(foreign_session(), two_groups);
  REQUIRE(client->write_early_data(size) == size);
  Pair pair(std::move(client), server_of_second_group(), GENERATE(Segments::whole, Segments::one_byte));
  pair.shake_hands();
  check_exchange(pair);
  CHECK(pair.server->agreed().group == tls::Group::secp384r1);
}

TEST_CASE("more early data than anybody allows is refused") {
  const bool retries = GENERATE(false, true);
  auto client = client_with(foreign_session(), two_groups);
  REQUIRE(client->write_early_data(200'000) == 200'000);
  Pair pair(std::move(client),
            retries ? server_of_second_group() : tls::make_server_session(server_with(nullptr)));
  pair.shake_hands();
  CHECK(pair.server_step == Step::failed);
  CHECK(pair.server->failure().alert == tls::alert::unexpected_message);
  CHECK(pair.server->failure().detail.find("the client sent more than 131072 bytes of early data") == 0);
}

TEST_CASE("a record that can't be read is no early data if none was announced") {
  auto client = std::make_unique<RawSession>(Sender::client, Version::tls13);
  Pair pair(std::move(client), tls::make_server_session(server_with(nullptr)));
  CHECK(pair.client->handshake() == Step::want_read);
  pair.on_the_way_to_server = [](Buffer& bytes) {
    Buffer record{23, 3, 3, 0, 64};
    record.resize(record.size() + 64, 'e');
    bytes.insert(bytes.end(), record.begin(), record.end());
  };
  pair.carry();
  CHECK(pair.server->handshake() == Step::failed);
  CHECK(pair.server->failure().alert == tls::alert::bad_record_mac);
}
