// X25519MLKEM768 and SecP256r1MLKEM768 (draft-ietf-tls-ecdhe-mlkem), in both roles.
#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/tls/crowd.h"
#include "tests/tls/crypto/backends.h"
#include "tests/tls/hello_bytes.h"
#include "tests/tls/test_identity.h"
#include "tls/client_hello.h"
#include "tls/crypto/mlkem.h"
#include "tls/names.h"
#include "tls/sessions/tickets.h"

using namespace mailtap;
using namespace mailtap::tests;
using tls::Step;
using tls::group::secp256r1, tls::group::secp384r1, tls::group::SecP256r1MLKEM768, tls::group::x25519,
    tls::group::X25519MLKEM768;

namespace {

using Groups = std::vector<std::uint16_t>;

constexpr std::uint16_t only_x25519[] = {x25519, 0};
constexpr std::uint16_t only_secp384r1[] = {secp384r1, 0};
constexpr std::uint16_t only_hybrid[] = {X25519MLKEM768, 0};
constexpr std::uint16_t hybrid_second[] = {x25519, X25519MLKEM768, 0};

void need_mlkem() {
  if (mailtap_has_mlkem() == 0) SKIP("NOT TESTED, this build has no ML-KEM: run scripts/setup, then cmake");
}

tls::ClientParameters client_of(Groups hybrid, const std::uint16_t* only = nullptr) {
  tls::ClientParameters parameters;
  parameters.sni = "mail.example";
  parameters.hybrid_groups = std::move(hybrid);
  parameters.only.groups = only;
  return parameters;
}

tls::ServerParameters server_of(const std::uint16_t* only = nullptr) {
  static const auto identity = make_identity();
  tls::ServerParameters parameters;
  parameters.identity = identity;
  parameters.only.groups = only;
  return parameters;
}

/// Keeps what the client sends.
class Overheard {
 public:
  explicit Overheard(Pair& pair) {
    pair.on_the_way_to_server = [this](Buffer& bytes) {
      said_.insert(said_.end(), bytes.begin(), bytes.end());
    };
  }

  /// The client's hellos, in order.
  std::vector<tls::ClientHello> hellos() const {
    std::vector<tls::ClientHello> found;
    Bytes rest(said_);
    while (!rest.empty()) {
      const auto parsed = tls::parse_client_hello(rest);
      if (parsed && *parsed) {
        found.push_back(**parsed);
        rest = rest.subspan((*parsed)->size);
      } else {  // another record
        const auto size = std::min<std::size_t>(rest.size(), 5 + (rest[3] << 8 | rest[4]));
        rest = rest.subspan(size);
      }
    }
    return found;
  }

 private:
  Buffer said_;
};

void carries_bytes(Pair& pair) {
  CHECK(pair.client->write(as_bytes("ping")) == Step::done);
  pair.carry();
  CHECK(read_all(*pair.server) == "ping");
  CHECK(pair.server->write(as_bytes("pong")) == Step::done);
  pair.carry();
  CHECK(read_all(*pair.client) == "pong");
}

/// Replaces the one place where `from` stands.
void replace(Buffer& bytes, const Buffer& from, const Buffer& to) {
  const auto at = std::search(bytes.begin(), bytes.end(), from.begin(), from.end());
  if (at != bytes.end()) std::copy(to.begin(), to.end(), at);
}

}  // namespace

TEST_CASE("both sides agree on a hybrid group and carry bytes, in whatever segments") {
  need_mlkem();
  const WithBackend backend(GENERATE(from_range(usable_backends())));
  const auto group = GENERATE(X25519MLKEM768, SecP256r1MLKEM768);
  const auto segments = GENERATE(Segments::whole, Segments::one_byte);
  Pair pair(client_of({group}), server_of(), segments);
  const Overheard overheard(pair);
  pair.shake_hands();
  INFO(crypto::describe_backend() << ", " << tls::group_name(group) << ", "
                                  << (segments == Segments::whole ? "whole" : "in bytes") << ": "
                                  << pair.client->failure().detail << "; " << pair.server->failure().detail);
  REQUIRE(pair.established());
  CHECK(pair.client->agreed().group == group);
  CHECK(pair.server->agreed().group == group);
  carries_bytes(pair);
  const auto hellos = overheard.hellos();
  REQUIRE(hellos.size() == 1);
  CHECK(hellos[0].size > 1400);
  CHECK(hellos[0].groups.front() == group);
  CHECK(hellos[0].key_share_groups ==
        Groups{group, group == X25519MLKEM768 ? std::uint16_t{x25519} : std::uint16_t{secp256r1}});
}

TEST_CASE("handshakes whose cryptography is batched agree on hybrid groups, and gather their X25519") {
  need_mlkem();
  if (crypto::backend() != crypto::Backend::multibuffer)
    SKIP("NOT TESTED, nothing waits for cryptography here: " + crypto::why_not(crypto::Backend::multibuffer));
  Crowd crowd;
  constexpr std::size_t pairs = 8;
  for (std::size_t i = 0; i < pairs; ++i) crowd.add(client_of({X25519MLKEM768}), server_of());
  crowd.shake_hands();
  for (const auto& pair : crowd.pairs()) {
    REQUIRE(pair->established());
    CHECK(pair->client->agreed().group == X25519MLKEM768);
    carries_bytes(*pair);
  }
  CHECK(crowd.batcher.counts(crypto::JobKind::mlkem_generate).jobs == pairs);
  CHECK(crowd.batcher.counts(crypto::JobKind::mlkem_encapsulate).jobs == pairs);
  CHECK(crowd.batcher.counts(crypto::JobKind::mlkem_decapsulate).jobs == pairs);
  const auto& batches = crowd.batcher.counts(crypto::JobKind::x25519_public_key).batches_of;
  CHECK(std::any_of(batches.begin() + 2, batches.end(), [](auto count) { return count > 0; }));
}

TEST_CASE("a client offers a hybrid group only if it is told to, and only with TLS 1.3") {
  auto parameters = GENERATE(client_of({}), client_of({x25519, secp384r1}), [] {
    auto old = client_of({X25519MLKEM768});
    old.max_version = tls::Version::tls12;
    return old;
  }());
  REQUIRE(tls::initialise());
  const auto client = tls::make_client_session(std::move(parameters));
  REQUIRE(client->handshake() == Step::want_read);
  const auto hello = tls::parse_client_hello(client->outgoing());
  REQUIRE((hello && *hello));
  CHECK(std::count((*hello)->groups.begin(), (*hello)->groups.end(), X25519MLKEM768) == 0);
  CHECK(std::count((*hello)->groups.begin(), (*hello)->groups.end(), x25519) == 1);
  CHECK((*hello)->size < 600);
}

TEST_CASE("a server without hybrid groups takes the client's second share, and asks for no other") {
  need_mlkem();
  Pair pair(client_of({X25519MLKEM768}), server_of(only_x25519));
  const Overheard overheard(pair);
  pair.shake_hands();
  REQUIRE(pair.established());
  CHECK(pair.client->agreed().group == x25519);
  CHECK(overheard.hellos().size() == 1);
  carries_bytes(pair);
}

TEST_CASE("a HelloRetryRequest for another group takes the client there") {
  need_mlkem();
  Pair pair(client_of({X25519MLKEM768}), server_of(only_secp384r1));
  const Overheard overheard(pair);
  pair.shake_hands();
  REQUIRE(pair.established());
  CHECK(pair.client->agreed().group == secp384r1);
  const auto hellos = overheard.hellos();
  REQUIRE(hellos.size() == 2);
  CHECK(hellos[1].key_share_groups == Groups{secp384r1});
  carries_bytes(pair);
}

TEST_CASE("a HelloRetryRequest for a hybrid group is sent, and answered with one share") {
  need_mlkem();
  Pair pair(client_of({}, hybrid_second), server_of(only_hybrid));
  const Overheard overheard(pair);
  pair.shake_hands();
  REQUIRE(pair.established());
  CHECK(pair.server->agreed().group == X25519MLKEM768);
  const auto hellos = overheard.hellos();
  REQUIRE(hellos.size() == 2);
  CHECK(hellos[0].key_share_groups == Groups{x25519});
  CHECK(hellos[1].key_share_groups == Groups{X25519MLKEM768});
  carries_bytes(pair);
}

TEST_CASE("a HelloRetryRequest for a group that has its share, or wasn't offered, is refused") {
  need_mlkem();
  const auto asked_for =
      GENERATE(std::uint16_t{X25519MLKEM768}, std::uint16_t{x25519}, std::uint16_t{0x1234});
  Pair pair(client_of({X25519MLKEM768}), server_of(only_secp384r1));
  pair.on_the_way_to_client = [&](Buffer& bytes) {
    replace(bytes, {0x00, 0x33, 0x00, 0x02, 0x00, secp384r1},
            {0x00, 0x33, 0x00, 0x02, static_cast<std::uint8_t>(asked_for >> 8),
             static_cast<std::uint8_t>(asked_for)});
  };
  pair.shake_hands();
  CHECK(pair.client_step == Step::failed);
  CHECK(pair.client->failure().alert == 47);
  CHECK_FALSE(pair.client->failure().alert_from_peer);
}

TEST_CASE("a public key whose numbers are too large, and a share of another length, are refused") {
  need_mlkem();
  const bool is_length = GENERATE(false, true);
  REQUIRE(tls::initialise());
  const auto server = tls::make_server_session(server_of());
  Buffer share;
  const std::size_t size = is_length ? 1215 : 1216;
  put16(share, size + 4);
  put16(share, X25519MLKEM768);
  put16(share, size);
  share.resize(share.size() + size, is_length ? 0 : 0xFF);
  server->feed(client_hello(
      {0x1301}, std::vector<RawExtension>{{tls::extension::supported_versions, {2, 3, 4}},
                                          {tls::extension::supported_groups, numbers16({X25519MLKEM768})},
                                          {tls::extension::signature_algorithms, numbers16({0x0403})},
                                          {tls::extension::key_share, share}}));
  CHECK(server->handshake() == Step::failed);
  CHECK(server->failure().alert == 47);
  CHECK_FALSE(server->failure().alert_from_peer);
}

TEST_CASE("a ciphertext that was changed on its way gives other keys, and the handshake fails") {
  need_mlkem();
  Pair pair(client_of({X25519MLKEM768}), server_of());
  pair.on_the_way_to_client = [](Buffer& bytes) {
    const std::array<std::uint8_t, 4> share{0x11, 0xEC, 0x04, 0x60};
    const auto at = std::search(bytes.begin(), bytes.end(), share.begin(), share.end());
    if (at != bytes.end()) *(at + 100) ^= 1;
  };
  pair.shake_hands();
  CHECK_FALSE(pair.established());
  CHECK(pair.client_step == Step::failed);
}

TEST_CASE("a session with a hybrid group is resumed with one") {
  need_mlkem();
  auto keys = tls::TicketKeys::make().value();
  auto parameters = server_of();
  parameters.tickets = keys;
  Pair first(client_of({X25519MLKEM768}), parameters);
  first.shake_hands();
  REQUIRE(first.established());
  carries_bytes(first);
  auto again = client_of({X25519MLKEM768});
  again.resume = first.client->take_saved_session();
  REQUIRE(again.resume);
  Pair second(std::move(again), parameters);
  second.shake_hands();
  REQUIRE(second.established());
  CHECK(second.client->agreed().resumed);
  CHECK(second.client->agreed().group == X25519MLKEM768);
}

TEST_CASE(
    "a hybrid handshake that is broken off at any message leaves nothing behind") {  // LeakSanitizer says
  need_mlkem();
  for (const auto* only : {static_cast<const std::uint16_t*>(nullptr), only_x25519, only_secp384r1}) {
    for (int carried = 0; carried < 4; ++carried) {
      Pair pair(client_of({X25519MLKEM768}), server_of(only));
      for (int i = 0; i <= carried; ++i) {
        pair.client->handshake();
        pair.server->handshake();
        pair.carry();
      }
    }
  }
  SUCCEED();
}
