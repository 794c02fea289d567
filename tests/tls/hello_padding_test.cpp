// No hello of a client's has a size at which some servers never answer (tls/mbedtls/hello_padding.h).
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/tls/pair.h"
#include "tests/tls/peers/conversation.h"
#include "tls/client_hello.h"
#include "tls/numbers.h"

using namespace mailtap;
using namespace mailtap::tests;
using tls::Version;

namespace {

constexpr std::size_t record_header = 5;

/// DNS's longest name has 253 characters.
std::string name_of(std::size_t size) {
  return std::string(size, 'n');
}

bool pads(const tls::ClientHello& hello) {
  return std::count(hello.extensions.begin(), hello.extensions.end(), tls::extension::padding) == 1;
}

PeerParameters server_of(std::uint16_t version) {
  PeerParameters parameters;
  parameters.is_server = true;
  parameters.version = version;
  parameters.identity = &peer_identity("secp256r1");
  return parameters;
}

}  // namespace

TEST_CASE("a hello has less than 256 bytes, or more than 511") {
  constexpr int aes128_sha = 0x002F;  // TLS_RSA_WITH_AES_128_CBC_SHA
  static constexpr int few[]{aes128_sha, 0};
  tls::ClientParameters parameters;
  parameters.max_version = GENERATE(Version::tls12, Version::tls13);
  if (GENERATE(false, true) && parameters.max_version == Version::tls12) parameters.only.cipher_suites = few;
  std::size_t shortest = 1000, longest = 0, padded = 0;
  for (std::size_t size = 1; size <= 253; ++size) {
    parameters.sni = name_of(size);
    const auto hello = hello_of(parameters);
    const auto message = hello.size - record_header;
    INFO("with a name of " << size << " bytes the hello has " << message);
    REQUIRE((message < 256 || message > 511));
    // No longer than it takes: with the shortest padding, of a byte.
    if (pads(hello)) REQUIRE(message <= 511 + 5);
    padded += pads(hello);
    shortest = std::min(shortest, message);
    longest = std::max(longest, message);
  }
  CHECK(padded > 0);
  if (parameters.only.cipher_suites == few) CHECK(shortest < 256);
  if (parameters.max_version == Version::tls13) CHECK(longest > 512);
}

TEST_CASE("padding comes before the session that a hello offers, and the server resumes it") {
  const auto version = GENERATE(tls::version::tls12, tls::version::tls13);
  auto peer = *openssl_peer(server_of(version));
  tls::ClientParameters parameters;
  parameters.sni = "mail.example";
  Conversation first(tls::make_client_session(parameters), peer->connect(false));
  first.shake_hands();
  INFO(first.failure());
  REQUIRE(first.established());
  CHECK(first.exchange(true).empty());
  auto saved = first.ours().take_saved_session();
  REQUIRE(saved);

  // A session makes a hello long: one of few words, so that it must be padded.
  parameters.min_version = parameters.max_version = Version{version};
  parameters.resume = *saved;
  static constexpr int tls12_suites[]{0xC02B, 0xC02C, 0};  // TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, and 256
  static constexpr int tls13_suites[]{0x1301, 0x1302, 0};
  parameters.only.cipher_suites = version == tls::version::tls13 ? tls13_suites : tls12_suites;
  const auto hello = hello_of(parameters);
  CHECK(hello.size - record_header > 511);
  if (version == tls::version::tls13) {
    CHECK(hello.extensions.back() == tls::extension::pre_shared_key);
  }

  Conversation second(tls::make_client_session(parameters), peer->connect(false));
  second.shake_hands();
  INFO(second.failure());
  REQUIRE(second.established());
  CHECK(second.ours().agreed().resumed);
  CHECK(second.exchange(true).empty());
}
