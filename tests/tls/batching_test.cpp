// Sessions that wait for batched cryptography. They wait only where the multi-buffer backend can run.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <thread>

#include "tests/tls/crowd.h"
#include "tests/tls/test_identity.h"
#include "tls/alert.h"
#include "tls/crypto/backend.h"
#include "tls/crypto/fiber_sanitizers.h"
#include "tls/sessions/sessions.h"
#include "tls/sessions/tickets.h"

using namespace mailtap;
using namespace mailtap::tests;
using crypto::Backend;
using crypto::JobKind;
using tls::Step;
using tls::Version;

namespace {

void need_multibuffer() {
  if (crypto::backend() != Backend::multibuffer)
    SKIP("NOT TESTED, nothing waits for cryptography here: " + crypto::why_not(Backend::multibuffer));
}

tls::ClientParameters client_of(Version version, std::optional<tls::SavedSession> resume = {}) {
  tls::ClientParameters parameters;
  parameters.sni = "mail.example";
  parameters.min_version = version;
  parameters.max_version = version;
  parameters.resume = std::move(resume);
  return parameters;
}

tls::ServerParameters server_with(certs::IdentityPtr identity, std::shared_ptr<tls::TicketKeys> keys = {}) {
  tls::ServerParameters parameters;
  parameters.identity = std::move(identity);
  parameters.tickets = std::move(keys);
  return parameters;
}

certs::IdentityPtr identity_of(KeyType key) {
  return make_identity({.key = key, .subject = "CN=mail.example", .extensions = {}});
}

void carries_bytes(Pair& pair) {
  CHECK(pair.client->write(as_bytes("ping")) == Step::done);
  pair.carry();
  CHECK(read_all(*pair.server) == "ping");
}

/// Somebody who always has a job: so a step of the batcher does one thing only.
class Bystander {
 public:
  explicit Bystander(crypto::Batcher& batcher) : task_(batcher, nullptr) {
    task_.start([this] {
      while (!over_) {
        crypto::Job job;  // without a key: it fails at once
        job.kind = JobKind::p521_sign;
        crypto::current_runner()->run(job);
      }
    });
  }
  ~Bystander() { over_ = true; }

 private:
  bool over_ = false;
  crypto::Task task_;
};

}  // namespace

TEST_CASE("many handshakes at once succeed, and their cryptography is done eight at a time") {
  need_multibuffer();
  Crowd crowd;
  const auto ecdsa = identity_of(KeyType::p256);
  const auto rsa = identity_of(KeyType::rsa2048);
  for (int i = 0; i < 12; ++i)
    for (const auto version : {Version::tls12, Version::tls13})
      for (const auto& identity : {ecdsa, rsa})
        crowd.add(client_of(version), server_with(identity), i == 0 ? Segments::one_byte : Segments::whole);
  crowd.shake_hands();
  for (const auto& pair : crowd.pairs()) {
    REQUIRE(pair->established());
    CHECK(pair->client->peer_chain().size() == 1);
    carries_bytes(*pair);
  }
  for (const auto kind : {JobKind::x25519_public_key, JobKind::x25519_shared_secret, JobKind::p256_sign,
                          JobKind::p256_verify, JobKind::rsa_private, JobKind::rsa_public}) {
    INFO(crypto::to_string(kind));
    CHECK(crowd.batcher.counts(kind).batches_of.at(
              crypto::full_batch(kind, kind == JobKind::rsa_private ? 2048 : 0)) > 0);
  }
  CHECK(crowd.batcher.stacks().in_use() == 0);
  if constexpr (crypto::sanitizers::stack_factor == 1)
    CHECK(crowd.batcher.stacks().deepest_use() < crypto::StackPool::handshake_stack / 2);
}

TEST_CASE("resumed handshakes batch too, and are resumed") {
  need_multibuffer();
  const auto version = GENERATE(Version::tls12, Version::tls13);
  const auto keys = tls::TicketKeys::make().value();
  const auto identity = identity_of(KeyType::p256);
  Crowd first;
  auto& pair = first.add(client_of(version), server_with(identity, keys));
  first.shake_hands();
  read_all(*pair.client);
  const auto saved = pair.client->take_saved_session();
  REQUIRE(saved);

  Crowd crowd;
  for (int i = 0; i < 9; ++i) crowd.add(client_of(version, saved), server_with(identity, keys));
  crowd.shake_hands();
  for (const auto& each : crowd.pairs()) {
    REQUIRE(each->established());
    CHECK(each->server->agreed().resumed);
    carries_bytes(*each);
  }
  CHECK(crowd.batcher.counts(JobKind::p256_verify).jobs == 0);
  // TLS 1.3 makes a new key exchange each time, for forward secrecy.
  CHECK(crowd.batcher.counts(JobKind::x25519_shared_secret).jobs == (version == Version::tls13 ? 18 : 0));
}

TEST_CASE("a session may be destroyed wherever it waits, and the others go on") {
  need_multibuffer();
  const auto version = GENERATE(Version::tls12, Version::tls13);
  const auto key = GENERATE(KeyType::p256, KeyType::rsa2048);
  const auto identity = identity_of(key);
  int waits = 0;
  for (int turns = 0;; ++turns) {
    Crowd crowd;
    const Bystander bystander(crowd.batcher);
    auto& pair = crowd.add(client_of(version), server_with(identity));
    for (int i = 0; i < turns; ++i) crowd.turn();
    pair.shake_hands();
    if (pair.established()) break;
    waits += pair.client_step == Step::want_crypto || pair.server_step == Step::want_crypto ? 1 : 0;
    auto& other = crowd.add(client_of(version), server_with(identity));
    other.shake_hands();
    crowd.remove(pair);
    for (int i = 0; i < 100 && !other.established(); ++i) crowd.turn();
    CHECK(other.established());
    CHECK(crowd.batcher.stacks().in_use() == 1);  // the bystander's
  }
  CHECK(waits >= 6);  // two ephemeral keys, two shared secrets, a signature and its verification
}

TEST_CASE("a peer that leaves while the session waits is noticed afterwards") {
  need_multibuffer();
  Crowd crowd;
  const crypto::Task another(crowd.batcher, nullptr);  // alone it would wait for nothing
  auto& pair = crowd.add(client_of(Version::tls12), server_with(identity_of(KeyType::p256)));
  pair.shake_hands();
  REQUIRE(pair.server_step == Step::want_crypto);
  pair.server->feed_end();
  CHECK(pair.server->handshake() == Step::want_crypto);
  pair.server_step = Step::want_crypto;
  while (pair.server_step == Step::want_crypto && crowd.batcher.has_work()) {
    crowd.batcher.step();
    if (pair.server_step == Step::want_read) pair.server_step = pair.server->handshake();
  }
  CHECK(pair.server_step == Step::truncated);
  CHECK(pair.server->failure().detail == "the client closed the connection during the handshake");
}

TEST_CASE("a session that waits can be refused: its peer reads the alert") {
  need_multibuffer();
  Crowd crowd;
  const crypto::Task another(crowd.batcher, nullptr);  // alone it would wait for nothing
  auto& pair = crowd.add(client_of(Version::tls12), server_with(identity_of(KeyType::p256)));
  for (pair.shake_hands(); pair.server_step != Step::want_crypto; pair.shake_hands()) {
    REQUIRE_FALSE(pair.established());
    crowd.batcher.step();
  }
  pair.server->send_fatal_alert(tls::alert::access_denied);
  CHECK(pair.server->handshake() == Step::failed);
  pair.server_step = Step::failed;
  crowd.shake_hands();
  CHECK(pair.client_step == Step::failed);
  REQUIRE(pair.client->failure().alert);
  CHECK(pair.client->failure().alert_from_peer);
  CHECK(*pair.client->failure().alert == tls::alert::access_denied);
}

TEST_CASE("a forged signature among eight fails its own handshake alone") {
  need_multibuffer();
  const auto key = GENERATE(KeyType::p256, KeyType::rsa2048);
  Crowd crowd;
  const auto identity = identity_of(key);
  for (int i = 0; i < 8; ++i) crowd.add(client_of(Version::tls12), server_with(identity));
  auto& victim = *crowd.pairs()[3];
  victim.on_the_way_to_client = [done = false](Buffer& bytes) mutable {
    // ServerHelloDone, a record of nine bytes, follows the end of the signature.
    if (done || bytes.size() < 100) return;
    done = true;
    bytes[bytes.size() - 9 - 5] ^= 1;
  };
  crowd.shake_hands();
  for (const auto& pair : crowd.pairs()) {
    CHECK(pair->established() == (pair.get() != &victim));
    if (pair.get() == &victim) CHECK(pair->client_step == Step::failed);
  }
}

TEST_CASE("a batcher is at hand and the backend batches nothing: handshakes don't wait") {
  const auto before = crypto::backend();
  for (const auto backend : {Backend::portable, Backend::libcrypto}) {
    REQUIRE(crypto::set_backend(backend));
    Crowd crowd;
    auto& pair = crowd.add(client_of(Version::tls13), server_with(identity_of(KeyType::p256)));
    pair.shake_hands();
    CHECK(pair.established());
    CHECK_FALSE(crowd.batcher.has_work());
  }
  REQUIRE(crypto::set_backend(before));
}

TEST_CASE("workers shake hands at the same time, with the same keys, and lose connections meanwhile",
          "[threads]") {
  REQUIRE(tls::initialise());
  need_multibuffer();
  const auto keys = tls::TicketKeys::make().value();
  const auto rsa = identity_of(KeyType::rsa2048);
  const auto ecdsa = identity_of(KeyType::p256);
  std::array<int, 3> established{};
  std::vector<std::thread> workers;
  for (auto& count : established) {
    workers.emplace_back([&] {
      for (int round = 0; round < 3; ++round) {
        Crowd crowd;
        for (int i = 0; i < 10; ++i)
          crowd.add(client_of(i % 2 == 0 ? Version::tls12 : Version::tls13),
                    server_with(i % 4 < 2 ? rsa : ecdsa, keys));
        for (int i = 0; i < round; ++i) crowd.turn();
        crowd.remove(*crowd.pairs()[1]);
        crowd.remove(*crowd.pairs()[4]);
        crowd.shake_hands();
        for (const auto& pair : crowd.pairs()) count += pair->established() ? 1 : 0;
      }
    });
  }
  for (auto& worker : workers) worker.join();
  for (const int count : established) CHECK(count == 3 * 8);
}
