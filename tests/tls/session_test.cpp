#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/tls/pair.h"
#include "tests/tls/test_identity.h"
#include "tls/alert.h"
#include "tls/client_hello.h"

using namespace mailtap;
using namespace mailtap::tests;
using tls::Step;
using tls::Version;

namespace {

tls::ClientParameters client_of(Version version) {
  tls::ClientParameters parameters;
  parameters.sni = "mail.example";
  parameters.min_version = version;
  parameters.max_version = version;
  return parameters;
}

tls::ServerParameters server_with(certs::IdentityPtr identity) {
  tls::ServerParameters parameters;
  parameters.identity = std::move(identity);
  return parameters;
}

}  // namespace

TEST_CASE("both versions, key types and segmentations agree and carry bytes both ways") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  const auto key = GENERATE(KeyType::p256, KeyType::rsa2048);
  const auto segments = GENERATE(Segments::whole, Segments::one_byte);
  const auto identity = make_identity({.key = key, .subject = "CN=mail.example", .extensions = {}});
  Pair pair(client_of(version), server_with(identity), segments);
  pair.shake_hands();
  REQUIRE(pair.established());

  for (auto* session : {pair.client.get(), pair.server.get()}) {
    const auto& agreed = session->agreed();
    CHECK(agreed.version == version);
    CHECK(agreed.group == tls::Group::x25519);
    if (version == Version::tls13)
      CHECK(agreed.cipher_suite == tls::CipherSuite::TLS_AES_128_GCM_SHA256);
    else
      CHECK(agreed.cipher_suite == (key == KeyType::p256
                                        ? tls::CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
                                        : tls::CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256));
    CHECK(agreed.alpn.empty());
    CHECK_FALSE(agreed.resumed);
  }
  REQUIRE(pair.client->peer_chain().size() == 1);
  CHECK(pair.client->peer_chain()[0] ==
        Buffer(identity->chain()->raw.p, identity->chain()->raw.p + identity->chain()->raw.len));
  CHECK(pair.server->peer_chain().empty());

  CHECK(pair.client->write(as_bytes("GET / HTTP/1.1\r\n\r\n")) == Step::done);
  pair.carry();
  CHECK(read_all(*pair.server) == "GET / HTTP/1.1\r\n\r\n");
  CHECK(pair.server->write(as_bytes("HTTP/1.1 200 OK\r\n\r\n")) == Step::done);
  pair.carry();
  CHECK(read_all(*pair.client) == "HTTP/1.1 200 OK\r\n\r\n");
}

TEST_CASE("the client's own ALPN order doesn't matter: the server's does") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  auto client = client_of(version);
  client.alpn = {"h2", "http/1.1"};
  auto server = server_with(make_identity());
  server.alpn = {"http/1.1", "h2"};
  Pair pair(std::move(client), std::move(server));
  pair.shake_hands();
  REQUIRE(pair.established());
  CHECK(pair.client->agreed().alpn == "http/1.1");
  CHECK(pair.server->agreed().alpn == "http/1.1");
}

TEST_CASE("no ALPN protocol in common doesn't fail the handshake") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  auto client = client_of(version);
  client.alpn = {"h2"};
  auto server = server_with(make_identity());
  server.alpn = {"imap"};
  Pair pair(std::move(client), std::move(server), Segments::one_byte);
  pair.shake_hands();
  REQUIRE(pair.established());
  CHECK(pair.client->agreed().alpn.empty());
  CHECK(pair.server->agreed().alpn.empty());
}

TEST_CASE("SNI is sent for a name and not for an address") {
  auto parameters = client_of(Version::tls13);
  const auto sni_of = [](tls::ClientParameters client) { return hello_of(std::move(client)).sni; };
  CHECK(sni_of(parameters) == "mail.example");
  parameters.sni = "192.0.2.1";
  CHECK(sni_of(parameters).empty());
  parameters.sni = "2001:db8::1";
  CHECK(sni_of(parameters).empty());
}

TEST_CASE("a name that is longer than names are is what a session fails by") {
  for (const auto version : {Version::tls10, Version::tls12, Version::tls13}) {
    auto parameters = client_of(version);
    parameters.min_version = parameters.max_version = version;
    parameters.sni = std::string(255, 'a');
    CHECK(tls::make_client_session(parameters)->handshake() == Step::want_read);
    parameters.sni += 'a';
    const auto session = tls::make_client_session(parameters);
    CHECK(session->handshake() == Step::failed);
    CHECK(session->outgoing().empty());
    CHECK(session->failure().detail ==
          "the host name is longer than the 255 bytes that a name has at most: it has 256");
  }
}

TEST_CASE("client half-closes, the reply still arrives") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  Pair pair(client_of(version), server_with(make_identity()));
  pair.shake_hands();
  REQUIRE(pair.client->write(as_bytes("request")) == Step::done);
  REQUIRE(pair.client->close_notify() == Step::done);
  CHECK(pair.client->close_notify() == Step::done);
  CHECK(pair.client->write(as_bytes("more")) == Step::closed);
  pair.carry();

  Step step;
  CHECK(read_all(*pair.server, step) == "request");
  CHECK(step == Step::closed);
  CHECK(read_all(*pair.server, step).empty());
  CHECK(step == Step::closed);
  REQUIRE(pair.server->write(as_bytes("reply")) == Step::done);
  REQUIRE(pair.server->close_notify() == Step::done);
  pair.carry();
  CHECK(read_all(*pair.client, step) == "reply");
  CHECK(step == Step::closed);
}

TEST_CASE("server half-closes, the client's bytes still arrive") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  Pair pair(client_of(version), server_with(make_identity()));
  pair.shake_hands();
  REQUIRE(pair.server->close_notify() == Step::done);
  pair.carry();
  Step step;
  read_all(*pair.client, step);
  CHECK(step == Step::closed);
  REQUIRE(pair.client->write(as_bytes("late")) == Step::done);
  pair.carry();
  CHECK(read_all(*pair.server, step) == "late");
  CHECK(step == Step::want_read);
}

TEST_CASE("a stream that ends without close_notify is truncated, and stays so") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  Pair pair(client_of(version), server_with(make_identity()));
  pair.shake_hands();
  REQUIRE(pair.client->write(as_bytes("half a sent")) == Step::done);
  pair.carry();
  pair.server->feed_end();
  Step step;
  CHECK(read_all(*pair.server, step) == "half a sent");
  CHECK(step == Step::truncated);
  read_all(*pair.server, step);
  CHECK(step == Step::truncated);
  CHECK(pair.server->write(as_bytes("still there?")) == Step::done);
}

TEST_CASE("a record cut short by the stream's end is truncated") {
  Pair pair(client_of(Version::tls13), server_with(make_identity()));
  pair.shake_hands();
  REQUIRE(pair.client->write(as_bytes("a record")) == Step::done);
  pair.server->feed(pair.client->outgoing().first(9));
  pair.server->feed_end();
  Step step;
  CHECK(read_all(*pair.server, step).empty());
  CHECK(step == Step::truncated);
}

TEST_CASE("a peer that leaves in the middle of the handshake is told apart") {
  auto client = tls::make_client_session(client_of(Version::tls13));
  CHECK(client->handshake() == Step::want_read);
  client->feed_end();
  CHECK(client->handshake() == Step::truncated);
  CHECK(client->handshake() == Step::truncated);
  CHECK(client->failure().detail == "the server closed the connection during the handshake");
}

TEST_CASE("the client's refusal reaches the server as the alert that it is") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  Pair pair(client_of(version), server_with(make_identity()));
  pair.shake_hands();
  pair.client->send_fatal_alert(tls::alert::unknown_ca);
  CHECK(pair.client->failure().alert == tls::alert::unknown_ca);
  CHECK_FALSE(pair.client->failure().alert_from_peer);
  pair.carry();
  Step step;
  read_all(*pair.server, step);
  CHECK(step == Step::failed);
  CHECK(pair.server->failure().alert == tls::alert::unknown_ca);
  CHECK(pair.server->failure().alert_from_peer);
  CHECK(pair.server->failure().detail ==
        "the client sent alert unknown_ca (48): it doesn't trust the issuer of the certificate");
  CHECK(pair.server->write(as_bytes("x")) == Step::failed);
  read_all(*pair.server, step);
  CHECK(step == Step::failed);
}

TEST_CASE("a server's refusal before its handshake is an alert that the client can read") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  Pair pair(client_of(version), server_with(make_identity()));
  CHECK(pair.client->handshake() == Step::want_read);
  pair.server->send_fatal_alert(tls::alert::unrecognized_name);
  CHECK(pair.server->handshake() == Step::failed);
  pair.carry();
  CHECK(pair.client->handshake() == Step::failed);
  CHECK(pair.client->failure().detail ==
        "the server sent alert unrecognized_name (112): it has no site of the name in the SNI");
}

TEST_CASE("a server's refusal after its Finished reaches a client that has accepted it") {
  const auto segments = GENERATE(Segments::whole, Segments::one_byte);
  Pair pair(client_of(Version::tls13), server_with(make_identity()), segments);
  CHECK(pair.client->handshake() == Step::want_read);
  CHECK(pair.carry());
  CHECK(pair.server->handshake() == Step::want_read);  // for the client's Finished
  pair.server->send_fatal_alert(tls::alert::access_denied);
  pair.carry();
  CHECK(pair.client->handshake() == Step::done);
  Step step;
  CHECK(read_all(*pair.client, step).empty());
  CHECK(step == Step::failed);
  CHECK(pair.client->failure().alert == tls::alert::access_denied);
  CHECK(pair.client->failure().alert_from_peer);
}

TEST_CASE("versions that don't meet end with protocol_version on both sides") {
  auto server = server_with(make_identity());
  server.min_version = Version::tls13;
  Pair pair(client_of(Version::tls12), std::move(server));
  pair.shake_hands();
  CHECK(pair.server_step == Step::failed);
  CHECK(pair.server->failure().alert == tls::alert::protocol_version);
  CHECK_FALSE(pair.server->failure().alert_from_peer);
  CHECK(pair.client->failure().alert == tls::alert::protocol_version);
  CHECK(pair.client->failure().alert_from_peer);
  CHECK(pair.client->failure().detail.find("it doesn't speak any TLS version that was offered") !=
        std::string::npos);
}

TEST_CASE("a server that answers in plain text is recognised") {
  auto client = tls::make_client_session(client_of(Version::tls13));
  CHECK(client->handshake() == Step::want_read);
  client->feed(as_bytes("220 mail.example Microsoft ESMTP MAIL Service ready\r\n"));
  CHECK(client->handshake() == Step::failed);
  CHECK(client->failure().detail.find("the server answered with an SMTP greeting in plain text: is this the "
                                      "plain or STARTTLS port?") == 0);
}

TEST_CASE("a web server's plain port is named as that, whether it answers in HTTP/1.1 or with a page alone") {
  for (const auto* answer : {"HTTP/1.1 400 Bad Request\r\n", "<html><head>", "<!DOCTYPE html>"}) {
    auto client = tls::make_client_session(client_of(Version::tls13));
    CHECK(client->handshake() == Step::want_read);
    client->feed(as_bytes(answer));
    CHECK(client->handshake() == Step::failed);
    CHECK(client->failure().detail.find(
              "the server answered with an HTTP response in plain text: this port is for plain HTTP") == 0);
  }
}

TEST_CASE("a server of TLS 1.0 alone is named as such") {
  auto client = tls::make_client_session(client_of(Version::tls12));
  CHECK(client->handshake() == Step::want_read);
  // ServerHello of TLS 1.0: version, random, no session id, TLS_RSA_WITH_RC4_128_SHA, no compression.
  Buffer hello{22, 3, 1, 0, 42, 2, 0, 0, 38, 3, 1};
  hello.resize(hello.size() + 32);
  hello.insert(hello.end(), {0, 0, 5, 0});
  client->feed(hello);
  CHECK(client->handshake() == Step::failed);
  CHECK(client->failure().alert == tls::alert::protocol_version);
  CHECK(client->failure().detail.find("the server speaks only TLSv1.0") == 0);
}

TEST_CASE("a record changed on its way ends the session with bad_record_mac on both sides") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  Pair pair(client_of(version), server_with(make_identity()));
  pair.shake_hands();
  REQUIRE(pair.server->write(as_bytes("tampered with")) == Step::done);
  pair.on_the_way_to_client = [](Buffer& bytes) {
    if (!bytes.empty()) bytes.back() ^= 1;
  };
  pair.carry();
  Step step;
  CHECK(read_all(*pair.client, step).empty());
  CHECK(step == Step::failed);
  CHECK(pair.client->failure().alert == tls::alert::bad_record_mac);
  pair.on_the_way_to_client = nullptr;
  pair.carry();
  read_all(*pair.server, step);
  CHECK(pair.server->failure().alert == tls::alert::bad_record_mac);
  CHECK(pair.server->failure().alert_from_peer);
}

TEST_CASE("ten megabytes go through unchanged in both versions") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  Pair pair(client_of(version), server_with(make_identity()));
  pair.shake_hands();
  std::string sent(std::size_t{10} << 20, '\0');
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 2654435761U >> 13);
  std::string received;
  for (std::size_t at = 0; at < sent.size(); at += 100'000) {
    REQUIRE(pair.client->write(as_bytes(std::string_view(sent).substr(at, 100'000))) == Step::done);
    // In uneven pieces, lent and not fed.
    while (!pair.client->outgoing().empty()) {
      const auto piece = pair.client->outgoing();
      const auto size = std::min<std::size_t>(piece.size(), 33'333);
      pair.server->lend(piece.first(size));
      received += read_all(*pair.server);
      pair.server->end_loan();
      pair.client->consume_outgoing(size);
    }
  }
  CHECK(received.size() == sent.size());
  CHECK(received == sent);
  CHECK(pair.server->backlog() == 0);
}

TEST_CASE("key log lines have the labels of the version and are the same on both sides") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  std::vector<std::string> of_client, of_server;
  auto client = client_of(version);
  client.keylog = [&](std::string_view line) { of_client.emplace_back(line); };
  auto server = server_with(make_identity());
  server.keylog = [&](std::string_view line) { of_server.emplace_back(line); };
  Pair pair(std::move(client), std::move(server));
  pair.shake_hands();
  REQUIRE(pair.established());
  std::sort(of_client.begin(), of_client.end());
  std::sort(of_server.begin(), of_server.end());
  CHECK(of_client == of_server);
  if (version == Version::tls12) {
    REQUIRE(of_client.size() == 1);
    CHECK(of_client[0].find("CLIENT_RANDOM ") == 0);
    CHECK(of_client[0].size() == 14 + 64 + 1 + 96);
  } else {
    REQUIRE(of_client.size() == 4);
    const char* labels[] = {"CLIENT_HANDSHAKE_TRAFFIC_SECRET ", "CLIENT_TRAFFIC_SECRET_0 ",
                            "SERVER_HANDSHAKE_TRAFFIC_SECRET ", "SERVER_TRAFFIC_SECRET_0 "};
    for (std::size_t i = 0; i < 4; ++i) CHECK(of_client[i].find(labels[i]) == 0);
  }
}

TEST_CASE("a client hello in records of a few bytes is put together") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  Pair pair(client_of(version), server_with(make_identity()));
  REQUIRE(pair.client->handshake() == Step::want_read);
  const auto hello = pair.client->outgoing();
  for (auto rest = hello.subspan(5); !rest.empty();) {
    const auto size = std::min<std::size_t>(rest.size(), 40);
    Buffer record{22, 3, 1, 0, static_cast<std::uint8_t>(size)};
    record.insert(record.end(), rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(size));
    pair.server->feed(record);
    rest = rest.subspan(size);
  }
  pair.client->consume_outgoing(hello.size());
  pair.shake_hands();
  CHECK(pair.established());
}
