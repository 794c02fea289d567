// What mbedTLS keeps of a TLS 1.3 handshake rests in little room. Tickets and late questions after it are
// tried in resumption_test.cpp and late_questions_test.cpp.
#include "tls/mbedtls/parked_handshake.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/tls/raw_session.h"
#include "tls/crypto/shortcuts.h"

using namespace mailtap;
using namespace mailtap::tests;
using tls::Sender;
using tls::Step;

namespace {

std::string carried(RawPeers& peers, tls::Session& from, tls::Session& to, std::string_view words) {
  REQUIRE(from.write(as_bytes(words)) == Step::done);
  peers.pair->carry();
  return read_all(to);
}

}  // namespace

TEST_CASE("an idle TLS 1.3 session has its handshake parked, and data and new keys go both ways") {
  const auto role = GENERATE(Sender::client, Sender::server);
  const bool is_left_out = GENERATE(false, true);
  CAPTURE(role == Sender::client, is_left_out);
  mailtap_shortcuts_left_out = is_left_out ? MAILTAP_SHORTCUT_PARKED_HANDSHAKE : 0;
  {
    RawPeers peers(role);
    auto& ssl = peers.raw->ssl();
    CHECK(carried(peers, *peers.raw, *peers.ours, "there") == "there");
    CHECK(carried(peers, *peers.ours, *peers.raw, "and back") == "and back");
    CHECK((ssl.MBEDTLS_PRIVATE(handshake) == nullptr) != is_left_out);
    CHECK((ssl.mailtap.parked != nullptr) != is_left_out);
    CHECK((ssl.MBEDTLS_PRIVATE(transform_negotiate) == nullptr) != is_left_out);  // else nobody frees it
    peers.raw->send_key_update(/*requested=*/true);
    CHECK(carried(peers, *peers.raw, *peers.ours, "once more") == "once more");
    CHECK((ssl.MBEDTLS_PRIVATE(handshake) == nullptr) != is_left_out);
  }
  mailtap_shortcuts_left_out = 0;
}

TEST_CASE("a parked handshake comes back whole, and goes with its session from either place") {
  const bool is_back = GENERATE(false, true);
  RawPeers peers(Sender::client);
  auto& ssl = peers.raw->ssl();
  REQUIRE(carried(peers, *peers.ours, *peers.raw, "data") == "data");
  REQUIRE(ssl.MBEDTLS_PRIVATE(handshake) == nullptr);
  for (int round = 0; round < 3; ++round) {
    REQUIRE(mailtap_unpark_handshake(&ssl) == 0);
    REQUIRE(ssl.MBEDTLS_PRIVATE(handshake) != nullptr);
    CHECK(mailtap_unpark_handshake(&ssl) == 0);  // it is there
    mailtap_park_handshake(&ssl);
    CHECK(ssl.MBEDTLS_PRIVATE(handshake) == nullptr);
  }
  if (is_back) CHECK(mailtap_unpark_handshake(&ssl) == 0);
}
