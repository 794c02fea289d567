// Handshake messages above a record, and in records of a byte.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/tls/pair.h"
#include "tests/tls/raw_session.h"
#include "tests/tls/test_identity.h"
#include "tls/alert.h"
#include "tls/mbedtls/record_buffers.h"
#include "tls/wire.h"

using namespace mailtap;
using namespace mailtap::tests;
using tls::Sender;
using tls::Step;
using tls::Version;

namespace {

/// With an extension of its own that is `size` bytes long.
CertificateOptions large(std::size_t size) {
  Buffer value{0x04, 0x83, static_cast<std::uint8_t>(size >> 16), static_cast<std::uint8_t>(size >> 8),
               static_cast<std::uint8_t>(size)};
  value.resize(value.size() + size, 'f');
  return {.key = KeyType::p256,
          .subject = "CN=mail.example",
          .extensions = {{.oid = {0x2B, 6, 1, 4, 1, 0x86, 0x8D, 0x1F, 1}, .value = value}}};
}

/// Chains of 100 KB and more: one certificate of that size, or many.
certs::IdentityPtr large_identity(bool one_certificate) {
  if (one_certificate) return make_identity(large(100'000));
  const auto other = make_certificate(large(8'000)).der;
  return make_identity(large(8'000), std::vector<Buffer>(12, other));
}

std::size_t size_of(const std::vector<Buffer>& chain) {
  std::size_t size = 0;
  for (const auto& certificate : chain) size += certificate.size();
  return size;
}

void check_exchange(Pair& pair) {
  const std::string text(20'000, 't');
  REQUIRE(pair.client->write(as_bytes(text)) == Step::done);
  pair.carry();
  CHECK(read_all(*pair.server) == text);
  REQUIRE(pair.server->write(as_bytes(text)) == Step::done);
  pair.carry();
  CHECK(read_all(*pair.client) == text);
}

/// Cuts every plaintext handshake record into records of `size` bytes.
struct Cutter {
  std::size_t size = 1;
  bool over = false;

  void operator()(Buffer& bytes) {
    tls::wire::RecordReader reader;
    reader.append(bytes);
    Buffer cut;
    for (;;) {
      const auto record = reader.next().value();
      if (!record) break;
      over = over || record->type != tls::wire::handshake;
      const auto& fragment = record->fragment;
      const auto most = over ? fragment.size() : size;
      for (std::size_t at = 0; at < fragment.size(); at += most) {
        const auto part = fragment.subspan(at, std::min(most, fragment.size() - at));
        cut.insert(cut.end(),
                   {record->type, static_cast<std::uint8_t>(record->version >> 8),
                    static_cast<std::uint8_t>(record->version), static_cast<std::uint8_t>(part.size() >> 8),
                    static_cast<std::uint8_t>(part.size())});
        cut.insert(cut.end(), part.begin(), part.end());
      }
    }
    bytes = cut;
  }
};

}  // namespace

TEST_CASE("a chain of 100 KB arrives") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  const bool one_certificate = GENERATE(true, false);
  const auto segments = GENERATE(Segments::whole, Segments::one_byte);
  auto made = std::make_unique<RawSession>(Sender::client, version);
  auto& client = *made;
  tls::ServerParameters server;
  server.identity = large_identity(one_certificate);
  Pair pair(std::move(made), tls::make_server_session(std::move(server)), segments);
  pair.shake_hands();
  REQUIRE(pair.established());
  CHECK(size_of(pair.client->peer_chain()) > 100'000);
  CHECK(pair.client->peer_chain().size() == (one_certificate ? 1 : 13));
  CHECK(pair.client->agreed().group == tls::Group::x25519);
  check_exchange(pair);

  // What it took is given back.
  CHECK(client.ssl().MBEDTLS_PRIVATE(in_buf) == nullptr);
  CHECK(client.ssl().MBEDTLS_PRIVATE(in_buf_len) == mailtap_record_buffer_size);
}

TEST_CASE("a server with a chain of 100 KB has record buffers of the usual size after its handshake") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  auto made = std::make_unique<RawSession>(Sender::server, version, large_identity(false));
  auto& server = *made;
  Pair pair(std::make_unique<RawSession>(Sender::client, version), std::move(made));
  pair.shake_hands();
  REQUIRE(pair.established());
  check_exchange(pair);
  CHECK(server.ssl().MBEDTLS_PRIVATE(out_buf) == nullptr);
  CHECK(server.ssl().MBEDTLS_PRIVATE(out_buf_len) == mailtap_record_buffer_size);
}

TEST_CASE("no record of a long message is above 16 KiB") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  tls::ServerParameters server;
  server.identity = large_identity(false);
  tls::ClientParameters client;
  client.min_version = client.max_version = version;
  Pair pair(std::move(client), std::move(server));
  std::size_t records = 0;
  pair.on_the_way_to_client = [&](Buffer& bytes) {
    tls::wire::RecordReader reader;
    reader.append(bytes);
    while (const auto record = reader.next().value()) {
      ++records;
      CHECK(record->fragment.size() <= 16384 + 256);
    }
  };
  pair.shake_hands();
  CHECK(pair.established());
  CHECK(records >= 8);
}

TEST_CASE("a client shows a chain of 100 KB") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  tls::ServerParameters server;
  server.identity = make_identity();
  server.ask_client_certificate = true;
  tls::ClientParameters client;
  client.min_version = client.max_version = version;
  client.client_certificate = large_identity(GENERATE(true, false));
  Pair pair(std::move(client), std::move(server));
  pair.shake_hands();
  REQUIRE(pair.established());
  CHECK(size_of(pair.server->peer_chain()) > 100'000);
  check_exchange(pair);
}

TEST_CASE("messages in records of a byte are put together") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  const std::size_t size = GENERATE(1, 2, 3, 4, 5, 1000);
  tls::ServerParameters server;
  server.identity = GENERATE(true, false) ? make_identity() : large_identity(false);
  tls::ClientParameters client;
  client.min_version = client.max_version = version;
  Pair pair(std::move(client), std::move(server));
  pair.on_the_way_to_client = Cutter{size};
  pair.on_the_way_to_server = Cutter{size};
  pair.shake_hands();
  REQUIRE(pair.established());
  check_exchange(pair);
}

TEST_CASE("an encrypted message in records of a byte is put together, in the handshake and after it") {
  auto made = std::make_unique<RawSession>(Sender::client, Version::tls13);
  auto& client = *made;
  tls::ServerParameters server;
  server.identity = make_identity();
  Pair pair(std::move(made), tls::make_server_session(std::move(server)));
  pair.shake_hands();
  REQUIRE(pair.established());
  client.send_key_update(false, /*in_pieces=*/true);
  REQUIRE(client.write(as_bytes("data")) == Step::done);
  pair.carry();
  CHECK(read_all(*pair.server) == "data");
}

TEST_CASE("a chain of 100 KB arrives in a renegotiation too, under TLS 1.2's keys") {
  const auto suite = GENERATE(MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
                              MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256);
  auto made = std::make_unique<RawSession>(Sender::server, Version::tls12, large_identity(false));
  auto& server = *made;
  server.limit_suite(suite);
  tls::ClientParameters client;
  client.max_version = Version::tls12;
  Pair pair(tls::make_client_session(std::move(client)), std::move(made));
  pair.shake_hands();
  REQUIRE(pair.established());
  server.ask_for_renegotiation();
  for (int i = 0; i < 4; ++i) {
    pair.carry();
    CHECK(read_all(*pair.client).empty());
    pair.carry();
    CHECK(read_all(*pair.server).empty());
  }
  constexpr int done = 2;  // MBEDTLS_SSL_RENEGOTIATION_DONE of ssl_misc.h
  CHECK(server.ssl().MBEDTLS_PRIVATE(renego_status) == done);
  check_exchange(pair);
}

TEST_CASE("a message that is too long is refused by name as soon as its header is there") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  tls::ClientParameters parameters;
  parameters.min_version = parameters.max_version = version;
  auto client = tls::make_client_session(std::move(parameters));
  REQUIRE(client->handshake() == Step::want_read);
  client->consume_outgoing(client->outgoing().size());
  const Buffer header{22, 3, 3, 0, 4, 2, 4, 0, 0};
  client->feed(header);
  CHECK(client->handshake() == Step::failed);
  CHECK(client->failure().alert == tls::alert::illegal_parameter);
  CHECK(client->failure().detail ==
        "the server sent a server_hello message of 262148 bytes, which is longer than mailtap takes");
  const auto sent = client->outgoing();
  REQUIRE(sent.size() == 7);
  CHECK(sent[6] == tls::alert::illegal_parameter);
}

TEST_CASE("a chain of more than 256 KiB is refused by name") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  tls::ServerParameters server;
  server.identity = make_identity(large(90'000), std::vector<Buffer>(2, make_certificate(large(90'000)).der));
  tls::ClientParameters parameters;
  parameters.min_version = parameters.max_version = version;
  Pair pair(std::move(parameters), std::move(server));
  pair.shake_hands();
  CHECK(pair.client_step == Step::failed);
  CHECK(pair.client->failure().detail.find("the server sent a certificate message of 27") == 0);
  CHECK(pair.server_step == Step::failed);
  CHECK(pair.server->failure().alert == tls::alert::illegal_parameter);
  CHECK(pair.server->failure().alert_from_peer);
}

TEST_CASE("a handshake record without a byte is refused") {
  auto client = tls::make_client_session({});
  REQUIRE(client->handshake() == Step::want_read);
  const Buffer record{22, 3, 3, 0, 0};
  client->feed(record);
  CHECK(client->handshake() == Step::failed);
  CHECK(client->failure().alert == tls::alert::unexpected_message);
}

TEST_CASE("a server takes a hello as long as a hello can be") {
  const std::size_t padding = GENERATE(16'000, 30'000, 65'000);
  Buffer body{3, 3};
  body.insert(body.end(), 32, 'r');
  body.insert(body.end(), {0, 0, 2, 0xC0, 0x2B, 1, 0});
  const auto put16 = [](Buffer& out, std::size_t value) {
    out.push_back(static_cast<std::uint8_t>(value >> 8));
    out.push_back(static_cast<std::uint8_t>(value));
  };
  Buffer extensions{0, 10, 0, 4, 0, 2, 0, 23, 0, 13, 0, 4, 0, 2, 4, 3, 0, 21};
  put16(extensions, padding);
  extensions.resize(extensions.size() + padding);
  put16(body, extensions.size());
  body.insert(body.end(), extensions.begin(), extensions.end());
  Buffer message{1, static_cast<std::uint8_t>(body.size() >> 16)};
  put16(message, body.size() & 0xFFFF);
  message.insert(message.end(), body.begin(), body.end());
  Buffer records;
  for (std::size_t at = 0; at < message.size(); at += 16384) {
    const auto size = std::min<std::size_t>(16384, message.size() - at);
    records.insert(records.end(), {22, 3, 1});
    put16(records, size);
    records.insert(records.end(), message.begin() + static_cast<std::ptrdiff_t>(at),
                   message.begin() + static_cast<std::ptrdiff_t>(at + size));
  }
  tls::ServerParameters parameters;
  parameters.identity = make_identity();
  const auto server = tls::make_server_session(std::move(parameters));
  server->feed(records);
  CHECK(server->handshake() == Step::want_read);
  CHECK(server->agreed().cipher_suite == tls::CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256);
}
