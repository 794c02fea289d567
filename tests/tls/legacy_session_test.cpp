// The old engine: TLS 1.0 and 1.1 by mbedTLS 2.28, behind the same tls::Session.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/tls/pair.h"
#include "tests/tls/test_identity.h"
#include "tls/alert.h"
#include "tls/client_hello.h"
#include "tls/wire.h"

using namespace mailtap;
using namespace mailtap::tests;
using tls::Step;
using tls::Version;

namespace {

tls::ClientParameters old_client(Version min = Version::tls10, Version max = Version::tls11) {
  tls::ClientParameters parameters;
  parameters.sni = "mail.example";
  parameters.min_version = min;
  parameters.max_version = max;
  return parameters;
}

tls::ServerParameters old_server(KeyType key = KeyType::rsa2048, Version min = Version::tls10,
                                 Version max = Version::tls11) {
  tls::ServerParameters parameters;
  parameters.identity = make_identity({.key = key, .subject = "CN=mail.example", .extensions = {}});
  parameters.min_version = min;
  parameters.max_version = max;
  return parameters;
}

/// The handshake messages of a flight that isn't encrypted, by type, with where their bodies begin.
std::size_t body_of(const Buffer& flight, std::uint8_t message_type) {
  for (std::size_t at = 0; at + 9 < flight.size();) {
    if (flight[at] == tls::wire::handshake && flight[at + 5] == message_type) return at + 9;
    at += 5 + static_cast<std::size_t>(flight[at + 3] << 8 | flight[at + 4]);
  }
  return 0;
}

}  // namespace

TEST_CASE("old versions, key sizes and segmentations agree and carry bytes both ways") {
  const auto version = GENERATE(Version::tls10, Version::tls11);
  const auto key = GENERATE(KeyType::rsa1024, KeyType::rsa2048);
  const auto segments = GENERATE(Segments::whole, Segments::one_byte);
  Pair pair(old_client(version, version), old_server(key), segments);
  pair.shake_hands();
  REQUIRE(pair.established());
  for (auto* session : {pair.client.get(), pair.server.get()}) {
    CHECK(session->agreed().version == version);
    CHECK(session->agreed().cipher_suite == tls::CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA);
    CHECK(session->agreed().group == tls::Group::none);
    CHECK_FALSE(session->agreed().resumed);
  }
  CHECK(pair.client->peer_chain().size() == 1);
  CHECK_FALSE(pair.client->take_saved_session());

  const std::string request(40'000, 'q');
  CHECK(pair.client->write(as_bytes(request)) == Step::done);
  CHECK(pair.client->close_notify() == Step::done);
  pair.carry();
  auto step = Step::done;
  CHECK(read_all(*pair.server, step) == request);
  CHECK(step == Step::closed);
  CHECK(pair.server->write(as_bytes("the reply after a half-close")) == Step::done);
  pair.carry();
  CHECK(read_all(*pair.client) == "the reply after a half-close");
}

TEST_CASE("SSL 3 is spoken by who asks for it, and by nobody else") {
  Pair asked(old_client(Version::ssl30, Version::ssl30), old_server(KeyType::rsa1024, Version::ssl30));
  asked.shake_hands();
  REQUIRE(asked.established());
  CHECK(asked.client->agreed().version == tls::Version::ssl30);

  Pair unasked(old_client(Version::ssl30, Version::ssl30), old_server(KeyType::rsa1024));
  unasked.shake_hands();
  CHECK(unasked.server_step == Step::failed);
  CHECK(unasked.server->failure().detail.find("the client speaks only SSLv3") == 0);
  CHECK(unasked.client->failure().alert == tls::alert::protocol_version);
}

TEST_CASE("the certificates of both engines' sessions are those that were sent") {
  auto more = make_certificate({.key = KeyType::p256, .subject = "CN=an ECDSA issuer", .extensions = {}}).der;
  auto server = old_server();
  server.identity = make_identity({.key = KeyType::rsa2048,
                                   .subject = "CN=mail.example",
                                   .extensions = {{{0x2A, 3, 4}, {5, 0}, /*critical=*/true}}},
                                  {more});
  const auto* leaf = server.identity->chain();
  const Buffer first(leaf->raw.p, leaf->raw.p + leaf->raw.len);
  Pair pair(old_client(), std::move(server));
  pair.shake_hands();
  // Neither an unknown critical extension nor an issuer that 2.28 can't read ends the handshake.
  REQUIRE(pair.established());
  CHECK(pair.client->peer_chain() == std::vector<Buffer>{first, more});
  CHECK(pair.client->original_chain() == pair.client->peer_chain());
}

TEST_CASE("a certificate with an ECDSA key can't be shown to an old client, and the failure says so") {
  Pair pair(old_client(), old_server(KeyType::p256));
  pair.shake_hands();
  CHECK(pair.server_step == Step::failed);
  CHECK(pair.server->failure().detail.find("a key of RSA is needed") != std::string::npos);
  CHECK(pair.server->agreed().version == tls::Version::none);
}

TEST_CASE("the engines refuse each other's versions") {
  SECTION("a modern client, an old server") {
    tls::ClientParameters modern;
    Pair pair(std::move(modern), old_server());
    pair.shake_hands();
    CHECK(pair.client_step == Step::failed);
    CHECK(pair.client->agreed().version == tls::Version::tls11);
    // The old server says that it has a newer version (RFC 8446 section 4.1.3): this is no server that is
    // old.
    CHECK(pair.client->failure().alert == tls::alert::illegal_parameter);
    CHECK_FALSE(pair.client->failure().alert_from_peer);
    CHECK(pair.client->peer_chain().empty());
  }
  SECTION("an old client, a modern server") {
    tls::ServerParameters modern;
    modern.identity = make_identity();
    Pair pair(old_client(), std::move(modern));
    pair.shake_hands();
    CHECK(pair.server_step == Step::failed);
    CHECK(pair.server->failure().detail.find("the client speaks only TLSv1.1") == 0);
    INFO(pair.client->failure().detail);
    CHECK(pair.client->failure().alert == tls::alert::protocol_version);
    CHECK(pair.client->failure().alert_from_peer);
  }
}

// RFC 5246 section 7.4.7.1: what the padding was must not be told apart.
TEST_CASE("a premaster secret that can't be decrypted fails at the Finished message, as a wrong one does") {
  const auto where = GENERATE(0U, 200U);
  Pair pair(old_client(), old_server());
  pair.on_the_way_to_server = [&](Buffer& bytes) {
    constexpr std::uint8_t client_key_exchange = 16;
    if (const auto body = body_of(bytes, client_key_exchange); body != 0) bytes[body + 2 + where] ^= 1;
  };
  pair.shake_hands();
  CHECK(pair.server_step == Step::failed);
  CHECK(pair.server->failure().alert == tls::alert::bad_record_mac);
  CHECK_FALSE(pair.server->failure().alert_from_peer);
}

TEST_CASE("a client that has fallen back says so in its hello") {
  auto parameters = old_client();
  parameters.is_fallback = true;
  const auto fallback = tls::make_client_session(std::move(parameters));
  const auto first_try = tls::make_client_session(old_client());
  const auto says_so = [](tls::Session& session) {
    CHECK(session.handshake() == Step::want_read);
    return tls::parse_client_hello(session.outgoing()).value()->is_fallback();
  };
  CHECK(says_so(*fallback));
  CHECK_FALSE(says_so(*first_try));
}

TEST_CASE(
    "an old ServerHello tells a client that was talked out of TLS 1.3 that it was, if the server has more") {
  const bool has_nothing_newer = GENERATE(false, true);
  auto server = old_server();
  server.has_nothing_newer = has_nothing_newer;
  Pair pair(old_client(), std::move(server));
  Buffer random;
  pair.on_the_way_to_client = [&](Buffer& bytes) {
    const auto body = body_of(bytes, tls::wire::server_hello);
    if (body != 0 && random.empty())  // a later message is encrypted, and may look like one by chance
      random.assign(bytes.begin() + static_cast<std::ptrdiff_t>(body) + 2,
                    bytes.begin() + static_cast<std::ptrdiff_t>(body) + 34);
  };
  pair.shake_hands();
  REQUIRE(pair.established());
  REQUIRE(random.size() == 32);
  const Buffer sentinel{'D', 'O', 'W', 'N', 'G', 'R', 'D', 0};  // RFC 8446 section 4.1.3
  CHECK((Buffer(random.end() - 8, random.end()) == sentinel) == !has_nothing_newer);
  CHECK(Buffer(random.begin() + 16, random.end() - 8) != Buffer(8, 0));
}

TEST_CASE("an old hello says nothing more than it has to") {
  const auto session = tls::make_client_session(old_client());
  CHECK(session->handshake() == Step::want_read);
  const auto hello = tls::parse_client_hello(session->outgoing()).value().value();
  CHECK(hello.is_legacy());
  CHECK(hello.sni == "mail.example");
  CHECK(hello.extensions == std::vector<std::uint16_t>{0});
  CHECK(hello.cipher_suites == std::vector<std::uint16_t>{0x002F, 0x0035, 0x000A, 0x0005, 0x0004, 0x00FF});
}

TEST_CASE("the key log of an old session is the same on both sides") {
  std::vector<std::string> of_client, of_server;
  auto client = old_client();
  client.keylog = [&](std::string_view line) { of_client.emplace_back(line); };
  auto server = old_server();
  server.keylog = [&](std::string_view line) { of_server.emplace_back(line); };
  Pair pair(std::move(client), std::move(server));
  pair.shake_hands();
  REQUIRE(pair.established());
  CHECK(of_client == of_server);
  REQUIRE(of_client.size() == 1);
  CHECK(of_client[0].starts_with("CLIENT_RANDOM "));
  CHECK(of_client[0].size() == 14 + 64 + 1 + 96);
}

TEST_CASE("a record changed on its way ends an old session with bad_record_mac") {
  Pair pair(old_client(), old_server());
  pair.shake_hands();
  REQUIRE(pair.established());
  pair.on_the_way_to_client = [](Buffer& bytes) { bytes.back() ^= 1; };
  CHECK(pair.server->write(as_bytes("damaged")) == Step::done);
  pair.carry();
  auto step = Step::done;
  CHECK(read_all(*pair.client, step).size() <= 1);  // the first byte is a record of its own (BEAST)
  CHECK(step == Step::failed);
  CHECK(pair.client->failure().alert == tls::alert::bad_record_mac);
}

TEST_CASE("a hello in SSLv2's format is answered, whole or in pieces") {
  const auto segments = GENERATE(Segments::whole, Segments::one_byte);
  const auto version = GENERATE(std::uint8_t{1}, std::uint8_t{2}, std::uint8_t{3});
  Buffer hello{0x80, 9 + 9 + 16, 1, 3, version, 0, 9, 0, 0, 0, 16, 0, 0, 5, 0, 0, 0x0A, 7, 0, 0xC0};
  hello.insert(hello.end(), 16, 0x5A);
  const auto server = tls::make_server_session(old_server(KeyType::rsa1024));
  if (segments == Segments::whole) server->feed(hello);
  for (std::size_t i = 0; segments == Segments::one_byte && i < hello.size(); ++i) {
    CHECK(server->handshake() == Step::want_read);
    CHECK(server->outgoing().empty());
    server->feed(Bytes(hello).subspan(i, 1));
  }
  CHECK(server->handshake() == Step::want_read);
  const auto answer = server->outgoing();
  const Buffer flight(answer.begin(), answer.end());
  const auto body = body_of(flight, tls::wire::server_hello);
  REQUIRE(body != 0);
  CHECK(flight[body + 1] == std::min<std::uint8_t>(version, 2));
  CHECK(server->agreed().cipher_suite == tls::CipherSuite::TLS_RSA_WITH_3DES_EDE_CBC_SHA);
  // The client leaves: no word of SSLv2 as if it weren't understood.
  server->feed_end();
  CHECK(server->handshake() == Step::truncated);
  CHECK(server->failure().detail == "the client closed the connection during the handshake");
}
