#include "inspect/trace/handshake_decoder.h"

#include <catch2/catch_test_macros.hpp>
#include <functional>

#include "tests/tls/pair.h"
#include "tests/tls/test_identity.h"
#include "tls/ja3.h"
#include "tls/ja4.h"
#include "tls/names.h"
#include "tls/sessions/tickets.h"

using namespace mailtap;
using namespace std::chrono_literals;
using tls::Sender;
using trace::HandshakeDecoder;
using trace::HandshakeEvent;

namespace {

/// A handshake in memory with the decoder on the wire, as mailtap's downstream leg has it (secrets before the
/// server's flight) or its upstream leg (after it).
struct Watched {
  HandshakeDecoder decoder;
  std::vector<std::string> secrets;
  std::unique_ptr<tests::Pair> pair;

  enum class Secrets { at_once, late, never };
  void run(tls::Version version, Secrets when, tls::ServerParameters server = {},
           tls::ClientParameters client = {}) {
    server.identity = tests::make_identity();
    server.max_version = client.max_version = version;
    server.keylog = [this, when](std::string_view line) {
      if (when == Secrets::at_once) decoder.learn_secret(line);
      if (when == Secrets::late) secrets.emplace_back(line);
    };
    pair = std::make_unique<tests::Pair>(std::move(client), std::move(server));
    auto at = 0us;
    for (;;) {
      pair->client_step = pair->client->handshake();
      const bool sent = carry(*pair->client, *pair->server, Sender::client, at += 1us);
      pair->server_step = pair->server->handshake();
      const bool answered = carry(*pair->server, *pair->client, Sender::server, at += 1us);
      for (const auto& line : std::exchange(secrets, {})) decoder.learn_secret(line);
      if (!sent && !answered) break;
    }
    REQUIRE(pair->established());
  }

  bool carry(tls::Session& from, tls::Session& to, Sender sender, std::chrono::microseconds at) {
    const auto view = from.outgoing();
    if (view.empty()) return false;
    const Buffer bytes(view.begin(), view.end());
    for (const auto& byte : bytes) decoder.see(sender, {&byte, 1}, at);  // the worst segmentation
    from.consume_outgoing(bytes.size());
    to.feed(bytes);
    return true;
  }

  /// "C client_hello, S server_hello, S+ finished": + for what was encrypted.
  std::string transcript() const {
    std::string text;
    for (const auto& event : decoder.facts().events) {
      if (!text.empty()) text += ", ";
      text += event.sender == Sender::client ? "C" : "S";
      text += event.encrypted ? "+ " : " ";
      switch (event.kind) {
        case HandshakeEvent::Kind::message:
          text += tls::handshake_type_name(static_cast<std::uint8_t>(event.number));
          break;
        case HandshakeEvent::Kind::alert: text += "alert " + std::to_string(event.number); break;
        case HandshakeEvent::Kind::change_cipher_spec: text += "ccs"; break;
        case HandshakeEvent::Kind::encrypted: text += "encrypted"; break;
        case HandshakeEvent::Kind::application_data: text += "data"; break;
      }
    }
    return text;
  }
};

constexpr auto tls13_transcript =
    "C client_hello, S server_hello, S ccs, S+ encrypted_extensions, S+ certificate, S+ certificate_verify, "
    "S+ finished, C ccs, C+ finished";

}  // namespace

TEST_CASE("every message of a TLS 1.2 handshake is named in order") {
  Watched watched;
  watched.run(tls::Version::tls12, Watched::Secrets::never);
  CHECK(watched.transcript() ==
        "C client_hello, S server_hello, S certificate, S server_key_exchange, S server_hello_done, "
        "C client_key_exchange, C ccs, C+ finished, S ccs, S+ finished");
  const auto& facts = watched.decoder.facts();
  CHECK(facts.finished);
  CHECK(facts.gave_up.empty());
  REQUIRE(facts.server_hello() != nullptr);
  CHECK(facts.server_hello()->version == 0x0303);
  CHECK(facts.server_hello()->group);
  CHECK(facts.server_chain == watched.pair->client->peer_chain());
}

TEST_CASE("the secrets of a TLS 1.3 handshake open its encrypted messages, whenever they come") {
  for (const auto when : {Watched::Secrets::at_once, Watched::Secrets::late}) {
    Watched watched;
    watched.run(tls::Version::tls13, when);
    CHECK(watched.transcript().starts_with(tls13_transcript));
    CHECK(watched.decoder.facts().finished);
    CHECK(watched.decoder.facts().server_chain == watched.pair->client->peer_chain());
  }
}

TEST_CASE("without secrets a TLS 1.3 handshake's encrypted records are left unnamed") {
  Watched watched;
  watched.run(tls::Version::tls13, Watched::Secrets::never);
  CHECK(watched.transcript() == "C client_hello, S server_hello, S ccs, C ccs");
  CHECK_FALSE(watched.decoder.facts().finished);
  CHECK(watched.decoder.facts().server_chain.empty());
}

TEST_CASE("where no secret will come, records of TLS 1.3 are told by their sizes") {
  Watched watched;
  watched.decoder = HandshakeDecoder(HandshakeDecoder::Secrets::none);
  watched.run(tls::Version::tls13, Watched::Secrets::never);
  CHECK(watched.transcript().starts_with("C client_hello, S server_hello, S ccs, S+ encrypted, "));
  CHECK(watched.decoder.facts().finished);
  CHECK(watched.decoder.facts().is_tls13());
  CHECK_FALSE(watched.decoder.facts().is_resumed());
  REQUIRE(watched.pair->client->write(as_bytes("GET /")) == tls::Step::done);
  watched.carry(*watched.pair->client, *watched.pair->server, Sender::client, 99us);
  CHECK(watched.transcript().ends_with("C+ data"));
  CHECK(watched.decoder.facts().client_spoke);
}

TEST_CASE("application data ends what is decoded") {
  Watched watched;
  watched.run(tls::Version::tls13, Watched::Secrets::at_once);
  REQUIRE(watched.pair->client->write(as_bytes("GET /")) == tls::Step::done);
  watched.carry(*watched.pair->client, *watched.pair->server, Sender::client, 99us);
  REQUIRE(watched.pair->server->write(as_bytes("200 OK")) == tls::Step::done);
  watched.carry(*watched.pair->server, *watched.pair->client, Sender::server, 100us);
  CHECK(watched.transcript().ends_with("S+ data"));
  CHECK(watched.decoder.over());
}

TEST_CASE("an alert in the clear is noted with its level") {
  HandshakeDecoder decoder;
  decoder.see(Sender::client, Buffer{21, 3, 3, 0, 2, 2, 48}, 5us);
  REQUIRE(decoder.facts().events.size() == 1);
  const auto& event = decoder.facts().events.front();
  CHECK(event.kind == HandshakeEvent::Kind::alert);
  CHECK(event.number == 48);
  CHECK(event.fatal);
  CHECK(event.at == 5us);
}

TEST_CASE("bytes that are no TLS end the decoding of their side alone, with a reason") {
  HandshakeDecoder decoder;
  decoder.see(Sender::server, as_bytes("220 mail ESMTP\r\n"), 0us);
  CHECK_FALSE(decoder.over());
  CHECK(decoder.facts().gave_up == "of the server: a TLS record can't begin with byte 50");
  decoder.see(Sender::server, as_bytes("more"), 0us);
  CHECK(decoder.facts().events.empty());
}

TEST_CASE("a flood of events is cut, and said to be") {
  HandshakeDecoder decoder;
  const Buffer warning{21, 3, 3, 0, 2, 1, 90};
  for (std::size_t i = 0; i < 2 * HandshakeDecoder::max_events; ++i)
    decoder.see(Sender::client, warning, 0us);
  CHECK(decoder.facts().events.size() == HandshakeDecoder::max_events);
  CHECK(decoder.facts().cut);
}

TEST_CASE("JA3 is the MD5 of the hello's numbers without GREASE") {
  tls::ClientHello hello;
  hello.legacy_version = 0x0301;
  hello.cipher_suites = {0x0A0A, 47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4};
  hello.extensions = {0, 10, 11};
  hello.groups = {23, 24, 25};
  hello.point_formats = {0};
  // The example of the specification: 769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0
  CHECK(tls::ja3(hello) == "ada70206e40642a3e4461f35503241d5");
  hello.cipher_suites = {4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99};
  hello.extensions.clear();
  hello.groups.clear();
  hello.point_formats.clear();
  CHECK(tls::ja3(hello) == "de350869b8c85de67a350c8d186f11e6");  // likewise: 769,4-5-10-...,,,
}

TEST_CASE("JA4S names the server's choice and hashes its extensions in order") {
  tls::wire::ServerHello hello;
  hello.version = 0x0304;
  hello.cipher_suite = 0x1301;
  hello.extensions = {0x0033, 0x002B};
  CHECK(tls::ja4s(hello) == "t130200_1301_234ea6891581");
  hello.version = 0x0303;
  hello.cipher_suite = 0xC030;
  hello.alpn = "h2";
  hello.extensions = {};
  CHECK(tls::ja4s(hello) == "t1200h2_c030_000000000000");
}
