// What a server adds to its certificate arrives: OCSP responses and timestamps, by TLS 1.2's messages and by
// TLS 1.3's extensions (tls/mbedtls/status_request.h).
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "certs/model/stapled.h"
#include "tests/tls/peers/conversation.h"
#include "tls/alert.h"
#include "tls/numbers.h"

using namespace mailtap;
using namespace mailtap::tests;

namespace {

/// A way to exchange keys, as mbedTLS reads another message after the certificate in each.
struct Way {
  std::uint16_t version;
  std::uint16_t suite;
};
constexpr std::uint16_t static_rsa = 0x009C;  // TLS_RSA_WITH_AES_128_GCM_SHA256
constexpr std::uint16_t ecdhe_rsa = 0xC02F;   // TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
Way each_way() {
  return GENERATE(Way{tls::version::tls12, static_rsa}, Way{tls::version::tls12, ecdhe_rsa},
                  Way{tls::version::tls13, 0});
}

PeerParameters server_of(const Way& way) {
  PeerParameters parameters;
  parameters.is_server = true;
  parameters.version = way.version;
  parameters.cipher_suite = way.suite;
  parameters.identity = &peer_identity("rsa2048");
  return parameters;
}

std::unique_ptr<tls::Session> client(bool staple = true, bool timestamps = true,
                                     std::optional<tls::SavedSession> resume = {}) {
  tls::ClientParameters parameters;
  parameters.asks_for_staple = staple;
  parameters.asks_for_timestamps = timestamps;
  parameters.resume = std::move(resume);
  return tls::make_client_session(std::move(parameters));
}

std::string text_of(const Buffer& bytes) {
  return std::string(as_text(bytes));
}

/// The handshake's end, and data both ways after it.
void must_work(Conversation& conversation) {
  conversation.shake_hands();
  INFO(conversation.failure());
  REQUIRE(conversation.established());
  CHECK(conversation.exchange(true).empty());
}

}  // namespace

TEST_CASE("a stapled response and timestamps arrive as they were sent, and data goes on after them") {
  auto parameters = server_of(each_way());
  // Of one record, and of several.
  parameters.staple = std::string(GENERATE(1U, 2000U, 50'000U), 's');
  parameters.timestamps = std::string("\0\4", 2) + std::string("\0\2", 2) + "ab";
  auto peer = *openssl_peer(parameters);
  Conversation conversation(client(), peer->connect(false));
  must_work(conversation);
  const auto stapled = conversation.ours().stapled();
  REQUIRE(stapled != nullptr);
  CHECK(text_of(stapled->ocsp) == parameters.staple);
  CHECK(text_of(stapled->timestamps) == parameters.timestamps);
}

TEST_CASE("a server that has nothing to add is one that was asked") {
  auto peer = *openssl_peer(server_of(each_way()));
  Conversation conversation(client(), peer->connect(false));
  must_work(conversation);
  const auto stapled = conversation.ours().stapled();
  REQUIRE(stapled != nullptr);
  CHECK(stapled->ocsp.empty());
  CHECK(stapled->timestamps.empty());
}

TEST_CASE("a client that doesn't ask is told nothing") {
  auto parameters = server_of(each_way());
  parameters.staple = "response";
  parameters.timestamps = std::string("\0\4", 2) + std::string("\0\2", 2) + "ab";
  auto peer = *openssl_peer(parameters);
  const bool staple = GENERATE(false, true);
  Conversation conversation(client(staple, false), peer->connect(false));
  must_work(conversation);
  const auto stapled = conversation.ours().stapled();
  REQUIRE((stapled != nullptr) == staple);
  if (!staple) return;
  CHECK(text_of(stapled->ocsp) == "response");
  CHECK(stapled->timestamps.empty());
}

TEST_CASE("a resumed session goes back to what came with its certificate") {
  auto parameters = server_of(each_way());
  parameters.staple = "response";
  auto peer = *openssl_peer(parameters);
  Conversation first(client(), peer->connect(false));
  must_work(first);
  auto saved = first.ours().take_saved_session();
  REQUIRE(saved);
  Conversation second(client(true, true, std::move(saved)), peer->connect(false));
  must_work(second);
  REQUIRE(second.ours().agreed().resumed);
  REQUIRE(second.ours().stapled() != nullptr);
  CHECK(text_of(second.ours().stapled()->ocsp) == "response");
}

TEST_CASE("a CertificateStatus whose length isn't its content's is a decode_error") {
  auto parameters = server_of({tls::version::tls12, ecdhe_rsa});
  parameters.staple = "the stapled response";
  auto context = *openssl_peer(parameters);
  const auto peer = context->connect(false);
  const auto ours = client();
  REQUIRE(ours->handshake() == tls::Step::want_read);
  const auto hello = ours->outgoing();
  peer->feed(hello);
  ours->consume_outgoing(hello.size());
  peer->handshake();
  auto flight = peer->take_outgoing();
  const auto staple = as_bytes(parameters.staple);
  const auto at = std::search(flight.begin(), flight.end(), staple.begin(), staple.end());
  REQUIRE(at != flight.end());
  at[-1] = static_cast<std::uint8_t>(at[-1] + (GENERATE(false, true) ? 1 : -1));
  ours->feed(flight);
  CHECK(ours->handshake() == tls::Step::failed);
  CHECK(ours->failure().alert == tls::alert::decode_error);
  CHECK_FALSE(ours->failure().alert_from_peer);
}
