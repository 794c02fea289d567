// What peers get to hear that break the rules (RFC 8446 section 6, RFC 5246 section 7.2): scripted bytes in,
// the alert out.
#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <functional>

#include "tests/tls/pair.h"
#include "tests/tls/raw_session.h"
#include "tests/tls/test_identity.h"
#include "tls/alert.h"
#include "tls/client_hello.h"
#include "tls/engine/mbedtls_session.h"
#include "tls/engine/policy.h"
#include "tls/hello_check.h"
#include "tls/wire.h"

using namespace mailtap;
using namespace mailtap::tests;
using tls::Step;
using tls::Version;
namespace alert = tls::alert;
namespace wire = tls::wire;

namespace {

// --- a scripted client ---------------------------------------------------------------------------------

Buffer u16(std::size_t number) {
  return {static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
}

Buffer operator+(Buffer left, const Buffer& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

Buffer vector8(const Buffer& contents) {
  return Buffer{static_cast<std::uint8_t>(contents.size())} + contents;
}
Buffer vector16(const Buffer& contents) {
  return u16(contents.size()) + contents;
}

Buffer numbers(const std::vector<std::uint16_t>& values) {
  Buffer bytes;
  for (const auto value : values) bytes = bytes + u16(value);
  return bytes;
}

struct HelloExtension {
  std::uint16_t type;
  Buffer data;
};

struct Hello {
  std::uint16_t version = 0x0303;
  Buffer session_id;
  Buffer suites = numbers({0xC02F, 0xC02B, 0x002F});  // ECDHE with RSA, with ECDSA; RSA
  Buffer compression = {0};
  std::vector<HelloExtension> extensions;

  Hello& with(std::uint16_t type, Buffer data) {
    std::erase_if(extensions, [&](const auto& each) { return each.type == type; });
    extensions.push_back({type, std::move(data)});
    return *this;
  }
  Hello& without(std::uint16_t type) {
    std::erase_if(extensions, [&](const auto& each) { return each.type == type; });
    return *this;
  }
};

using tls::group::secp256r1, tls::group::x25519;

Buffer share(std::uint16_t group, const Buffer& key) {
  return u16(group) + vector16(key);
}

/// The base point of secp256r1, and a u-coordinate of x25519's: shares as good as any.
Buffer good_share(std::uint16_t group) {
  if (group == x25519) return share(group, Buffer{9} + Buffer(31, 0));
  return share(group, {0x04, 0x6B, 0x17, 0xD1, 0xF2, 0xE1, 0x2C, 0x42, 0x47, 0xF8, 0xBC, 0xE6, 0xE5,
                       0x63, 0xA4, 0x40, 0xF2, 0x77, 0x03, 0x7D, 0x81, 0x2D, 0xEB, 0x33, 0xA0, 0xF4,
                       0xA1, 0x39, 0x45, 0xD8, 0x98, 0xC2, 0x96, 0x4F, 0xE3, 0x42, 0xE2, 0xFE, 0x1A,
                       0x7F, 0x9B, 0x8E, 0xE7, 0xEB, 0x4A, 0x7C, 0x0F, 0x9E, 0x16, 0x2B, 0xCE, 0x33,
                       0x57, 0x6B, 0x31, 0x5E, 0xCE, 0xCB, 0xB6, 0x40, 0x68, 0x37, 0xBF, 0x51, 0xF5});
}

Hello tls12_hello() {
  Hello hello;
  hello.with(10, vector16(numbers({secp256r1}))).with(11, vector8({0}));
  return hello.with(13, vector16(numbers({0x0401, 0x0403})));
}

Hello tls13_hello(std::uint16_t group = secp256r1) {
  Hello hello;
  hello.suites = numbers({0x1301, 0xC02F, 0xC02B});
  hello.with(10, vector16(numbers({group}))).with(13, vector16(numbers({0x0804, 0x0403, 0x0401})));
  return hello.with(43, vector8(numbers({0x0304, 0x0303}))).with(51, vector16(good_share(group)));
}

Buffer body_of(const Hello& hello) {
  auto body = u16(hello.version) + Buffer(32, 7) + vector8(hello.session_id) + vector16(hello.suites) +
              vector8(hello.compression);
  Buffer extensions;
  for (const auto& each : hello.extensions) extensions = extensions + u16(each.type) + vector16(each.data);
  return body + vector16(extensions);
}

Buffer message(std::uint8_t type, const Buffer& body) {
  return Buffer{type, static_cast<std::uint8_t>(body.size() >> 16)} + u16(body.size() & 0xFFFF) + body;
}

Buffer record(std::uint8_t type, const Buffer& fragment, std::uint16_t version = 0x0303) {
  return Buffer{type} + u16(version) + vector16(fragment);
}

Buffer in_record(const Hello& hello) {
  return record(wire::handshake, message(wire::client_hello, body_of(hello)));
}

const Buffer warning = {1, 43};

/// A server, and what it has said so far.
class Server {
 public:
  explicit Server(certs::IdentityPtr identity = make_identity(), Version newest = Version::tls13) {
    tls::ServerParameters parameters;
    parameters.identity = std::move(identity);
    parameters.max_version = newest;
    session = tls::make_server_session(std::move(parameters));
  }
  Step hears(const Buffer& bytes) {
    session->feed(bytes);
    const auto step = session->handshake();
    wire::RecordReader reader;
    reader.append(session->outgoing());
    while (const auto next = reader.next().value()) {
      types.push_back(next->type);
      if (next->type == wire::alert && next->fragment.size() == 2) alerts.push_back(next->fragment[1]);
      if (next->type == wire::handshake)
        flight.insert(flight.end(), next->fragment.begin(), next->fragment.end());
    }
    session->consume_outgoing(session->outgoing().size());
    return step;
  }
  /// It has failed with that alert, has sent it once and nothing else since, and says so.
  bool refused_with(int description) const {
    return alerts == std::vector<int>{description} && types.back() == wire::alert &&
           session->failure().alert == description && !session->failure().alert_from_peer &&
           !session->failure().detail.empty();
  }
  /// The body of a handshake message; empty: it hasn't said it in the clear.
  Buffer said(std::uint8_t type) const {
    for (auto at = flight.begin(); flight.end() - at >= 4;) {
      const auto body = at + 4;
      const auto end = body + (at[1] << 16 | at[2] << 8 | at[3]);
      if (*at == type) return {body, end};
      at = end;
    }
    return {};
  }

  std::unique_ptr<tls::Session> session;
  std::vector<int> alerts;          ///< those in the clear
  std::vector<std::uint8_t> types;  ///< of its records
  Buffer flight;                    ///< its handshake messages in the clear
};

/// The alert for a hello; 0: it is answered.
int answer_to(const Hello& hello, Version newest = Version::tls13) {
  static const auto identity = make_identity({.key = KeyType::rsa2048, .extensions = {}});
  Server server(identity, newest);
  if (server.hears(in_record(hello)) != Step::failed) return 0;
  REQUIRE(server.types == std::vector<std::uint8_t>{wire::alert});
  REQUIRE(server.alerts.size() == 1);
  CHECK(server.refused_with(server.alerts[0]));
  return server.alerts[0];
}

Pair established_pair(Version version) {
  tls::ClientParameters parameters;
  parameters.min_version = parameters.max_version = version;
  Server server;
  Pair pair(tls::make_client_session(std::move(parameters)), std::move(server.session));
  pair.shake_hands();
  REQUIRE(pair.established());
  return pair;
}

/// What the client hears after the server got `bytes`.
int reaction_to(Pair& pair, const Buffer& bytes) {
  pair.server->feed(bytes);
  Step step;
  read_all(*pair.server, step);
  if (step != Step::failed) return 0;
  pair.carry();
  read_all(*pair.client, step);
  CHECK(pair.client->failure().alert_from_peer);
  CHECK(pair.client->failure().alert == pair.server->failure().alert);
  return pair.client->failure().alert.value_or(0);
}

certs::IdentityPtr rsa_identity() {
  return make_identity({.key = KeyType::rsa2048, .extensions = {}});
}

}  // namespace

// --- hellos --------------------------------------------------------------------------------------------

TEST_CASE("hellos that are as they should be are answered") {
  CHECK(answer_to(tls12_hello()) == 0);
  CHECK(answer_to(tls13_hello()) == 0);
  CHECK(answer_to(tls13_hello(x25519)) == 0);
  // What a server that doesn't know it can't judge.
  CHECK(answer_to(tls13_hello().with(0x5A5A, {1})) == 0);
  auto twice = tls13_hello();
  twice.extensions.insert(twice.extensions.begin(), 2, {0x5A5A, {}});
  CHECK(answer_to(twice) == 0);
  CHECK(answer_to(tls12_hello().with(0, vector16(Buffer{0} + vector16({'a', 0xC3, 0xA4})))) == 0);
  // Groups that TLS 1.3 doesn't have are for TLS 1.2.
  CHECK(answer_to(tls13_hello().with(10, vector16(numbers({0x001A, secp256r1, 0x0016})))) == 0);
}

TEST_CASE("the largest hello that there can be is answered") {
  auto hello = tls12_hello();
  hello.session_id = Buffer(32, 1);
  hello.suites = hello.suites + Buffer(65534 - hello.suites.size(), 0x5A);
  hello.compression = Buffer(254, 1) + Buffer{0};
  const auto size = body_of(hello).size() - (2 + 32 + 33 + 2 + 65534 + 256 + 2);
  hello.with(21, Buffer(65535 - size - 4, 0));  // padding
  const auto whole = message(wire::client_hello, body_of(hello));
  CHECK(whole.size() == tls::max_client_hello);
  Buffer records;
  for (std::size_t at = 0; at < whole.size(); at += 16384)
    records =
        records + record(wire::handshake,
                         {whole.begin() + static_cast<std::ptrdiff_t>(at),
                          whole.begin() + static_cast<std::ptrdiff_t>(std::min(at + 16384, whole.size()))});
  REQUIRE(tls::parse_client_hello(records).value());
  Server server(rsa_identity());
  CHECK(server.hears(records) == Step::want_read);
  CHECK(server.alerts.empty());
}

TEST_CASE("a hello whose lengths don't fit is a decode_error") {
  auto truncated = body_of(tls13_hello());
  for (std::size_t size = 0; size < truncated.size(); ++size) {
    const auto fault = tls::fault_of_client_hello(Bytes(truncated).first(size), 0x0304);
    INFO(size << " bytes");
    // One is a hello without extensions.
    if (size != 45) REQUIRE((fault && fault->alert == alert::decode_error));
  }
  for (const auto type : {10, 13, 43, 51}) {
    auto hello = tls13_hello();
    auto found = std::find_if(hello.extensions.begin(), hello.extensions.end(),
                              [&](const auto& each) { return each.type == type; });
    const auto data = found->data;
    for (std::size_t i = 0; i < (type == 43 ? 1 : 2); ++i) {
      for (int value = 0; value < 256; ++value) {
        if (value == data[i]) continue;
        found->data = data;
        found->data[i] = static_cast<std::uint8_t>(value);
        const auto fault = tls::fault_of_client_hello(body_of(hello), 0x0304);
        INFO("extension " << type << ", byte " << i << ", value " << value);
        REQUIRE((fault && fault->alert == alert::decode_error));
      }
    }
  }
  auto hello = tls13_hello();
  hello.session_id = Buffer(33, 1);
  CHECK(answer_to(hello) == alert::decode_error);
  hello = tls13_hello();
  hello.suites = {};
  CHECK(answer_to(hello) == alert::decode_error);
  hello.suites = {0x13, 0x01, 0x00};
  CHECK(answer_to(hello) == alert::decode_error);
  hello = tls13_hello();
  hello.compression = {};
  CHECK(answer_to(hello) == alert::decode_error);
  for (const auto version : {0x0303, 0x0304}) {
    const auto any = version == 0x0303 ? tls12_hello() : tls13_hello();
    INFO(version);
    CHECK(answer_to(Hello(any).with(0, {})) == alert::decode_error);  // server_name
    CHECK(answer_to(Hello(any).with(0, vector16({}))) == alert::decode_error);
    CHECK(answer_to(Hello(any).with(0, vector16(Buffer{0} + u16(2) + Buffer{'a'}))) == alert::decode_error);
    CHECK(answer_to(Hello(any).with(0, vector16(Buffer{0} + vector16({'a'})) + Buffer{0})) ==
          alert::decode_error);
    CHECK(answer_to(Hello(any).with(10, vector16({}))) == alert::decode_error);  // supported_groups
    CHECK(answer_to(Hello(any).with(11, vector8({}))) == alert::decode_error);   // ec_point_formats
    CHECK(answer_to(Hello(any).with(13, vector16({}))) == alert::decode_error);  // signature_algorithms
    CHECK(answer_to(Hello(any).with(13, vector16({4, 1, 4}))) == alert::decode_error);
    CHECK(answer_to(Hello(any).with(16, vector16({}))) == alert::decode_error);  // ALPN
    CHECK(answer_to(Hello(any).with(16, vector16(vector8({})))) == alert::decode_error);
    CHECK(answer_to(Hello(any).with(22, {0})) == alert::decode_error);     // encrypt_then_mac
    CHECK(answer_to(Hello(any).with(23, {0})) == alert::decode_error);     // extended_master_secret
    CHECK(answer_to(Hello(any).with(0xFF01, {})) == alert::decode_error);  // renegotiation_info
    CHECK(answer_to(Hello(any).with(0xFF01, {1})) == alert::decode_error);
  }
  CHECK(answer_to(tls13_hello().with(43, vector8({}))) == alert::decode_error);
  CHECK(answer_to(tls13_hello().with(45, vector8({}))) == alert::decode_error);
}

TEST_CASE("a hello that contradicts itself is refused as its extension's RFC says") {
  CHECK(answer_to(tls12_hello().with(11, vector8({1, 2}))) == alert::illegal_parameter);
  CHECK(answer_to(tls12_hello().with(0xFF01, vector8({1, 2, 3}))) == alert::handshake_failure);
  auto two_names = Buffer{0} + vector16({'a'}) + Buffer{0} + vector16({'b'});
  CHECK(answer_to(tls12_hello().with(0, vector16(two_names))) == alert::illegal_parameter);
  CHECK(answer_to(tls12_hello().with(0, vector16(Buffer{0} + vector16({'a', 0, 'b'})))) ==
        alert::illegal_parameter);
  CHECK(answer_to(tls12_hello().with(0, vector16(Buffer{0} + vector16({27, '[', 'm'})))) ==
        alert::illegal_parameter);
  auto twice = tls12_hello();
  twice.extensions.push_back(twice.extensions.front());
  CHECK(answer_to(twice) == alert::illegal_parameter);
  for (auto hello : {tls12_hello(), tls13_hello()}) {
    hello.compression = {1};
    CHECK(answer_to(hello) == alert::illegal_parameter);
  }
  auto compressing = tls13_hello();
  compressing.compression = {1, 0};
  CHECK(answer_to(compressing) == alert::illegal_parameter);

  // TLS 1.3's own.
  CHECK(answer_to(tls13_hello().without(13)) == alert::missing_extension);
  CHECK(answer_to(tls13_hello().without(10)) == alert::missing_extension);
  CHECK(answer_to(tls13_hello().without(51)) == alert::missing_extension);
  const auto key = vector16(vector16(Buffer(40, 1)) + Buffer{0, 0, 0, 1}) + vector16(vector8(Buffer(32, 1)));
  CHECK(answer_to(tls13_hello().with(41, key)) == alert::missing_extension);
  CHECK(answer_to(tls13_hello().with(45, vector8({1})).with(41, key).with(0x5A5A, {})) ==
        alert::illegal_parameter);
  const auto no_binder = vector16(vector16(Buffer(40, 1)) + Buffer{0, 0, 0, 1}) + vector16({});
  CHECK(answer_to(tls13_hello().with(45, vector8({1})).with(41, no_binder)) == alert::decode_error);
}

TEST_CASE("a fallback to an older version than need be is told so") {
  auto fallback = tls12_hello();
  fallback.suites = fallback.suites + u16(0x5600);
  CHECK(answer_to(fallback) == alert::inappropriate_fallback);
  CHECK(answer_to(fallback, Version::tls12) == 0);
  auto newest = tls13_hello();
  newest.suites = newest.suites + u16(0x5600);
  CHECK(answer_to(newest) == 0);
}

TEST_CASE("a client of a version to come speaks TLS 1.2") {
  for (const auto version : {0x0304, 0x0401, 0x0603, 0xFEFE}) {
    INFO(version);
    auto hello = tls12_hello();
    hello.version = static_cast<std::uint16_t>(version);
    Server server(rsa_identity());
    REQUIRE(server.hears(in_record(hello)) == Step::want_read);
    REQUIRE(server.flight.size() > 40);
    CHECK(
        wire::parse_server_hello(Bytes(server.flight).subspan(4, (server.flight[2] << 8) + server.flight[3]))
            .value()
            .version == 0x0303);
  }
  auto too_old = tls12_hello();
  too_old.version = 0x0302;
  CHECK(answer_to(too_old) == alert::protocol_version);
}

TEST_CASE("of a client that lists TLS 1.3 the older field doesn't count, SSL's versions excepted") {
  for (const auto version : {0x0301, 0x0302, 0x0304, 0x0603}) {
    INFO(version);
    auto hello = tls13_hello();
    hello.version = static_cast<std::uint16_t>(version);
    CHECK(answer_to(hello) == 0);
    CHECK(answer_to(hello.with(43, vector8(numbers({0x0302, 0x0301})))) == alert::protocol_version);
  }
  for (const auto version : {0x0300, 0x0002}) {
    INFO(version);
    auto hello = tls13_hello();
    hello.version = static_cast<std::uint16_t>(version);
    CHECK(answer_to(hello) == alert::protocol_version);
  }
}

TEST_CASE("an empty host name is none") {
  const auto empty = Buffer{0} + vector16({});
  CHECK(answer_to(tls12_hello().with(0, vector16(empty))) == 0);
  CHECK(answer_to(tls13_hello().with(0, vector16(empty))) == 0);
}

TEST_CASE("a client whose list has TLS 1.2 before 1.3 speaks TLS 1.3") {
  for (const auto& versions : {numbers({0x0303, 0x0304}), numbers({0x7F1C, 0x0303, 0x0304, 0x0302})}) {
    Server server(rsa_identity());
    REQUIRE(server.hears(in_record(tls13_hello().with(43, vector8(versions)))) == Step::want_read);
    CHECK(
        wire::parse_server_hello(Bytes(server.flight).subspan(4, (server.flight[2] << 8) + server.flight[3]))
            .value()
            .version == 0x0304);
  }
  Server server(rsa_identity());
  REQUIRE(server.hears(in_record(tls13_hello().with(43, vector8(numbers({0x0303, 0x0302}))))) ==
          Step::want_read);
  CHECK(wire::parse_server_hello(Bytes(server.flight).subspan(4, (server.flight[2] << 8) + server.flight[3]))
            .value()
            .version == 0x0303);
}

TEST_CASE("no signature algorithm in common is told in the place of a ServerHello") {
  CHECK(answer_to(tls13_hello().with(13, vector16(numbers({0x0201, 0x0401, 0x0501, 0x0601})))) ==
        alert::handshake_failure);  // PKCS #1 v1.5 is for certificates alone
  CHECK(answer_to(tls13_hello().with(13, vector16(numbers({0x0403})))) == alert::handshake_failure);
  CHECK(answer_to(tls13_hello().with(13, vector16(numbers({0x7777})))) == alert::handshake_failure);
}

// --- key exchange --------------------------------------------------------------------------------------

TEST_CASE("a key share that is no point is an illegal_parameter, in the place of a ServerHello") {
  const auto of_p256 = [](const Buffer& key) {
    return answer_to(tls13_hello().with(51, vector16(share(secp256r1, key))));
  };
  const auto good = good_share(secp256r1);
  const Buffer point(good.begin() + 4, good.end());
  auto beside = point;
  beside.back() ^= 1;
  CHECK(of_p256(beside) == alert::illegal_parameter);
  CHECK(of_p256(Buffer{4} + Buffer(64, 0)) == alert::illegal_parameter);
  CHECK(of_p256(Buffer{2} + Buffer(point.begin() + 1, point.begin() + 33)) == alert::illegal_parameter);
  CHECK(of_p256(point + Buffer{0}) == alert::illegal_parameter);
  CHECK(of_p256({}) == alert::illegal_parameter);

  const auto of_x25519 = [](const Buffer& key) {
    return answer_to(tls13_hello(x25519).with(51, vector16(share(x25519, key))));
  };
  CHECK(of_x25519(Buffer(32, 0)) == alert::illegal_parameter);  // the shared secret is zero
  CHECK(of_x25519(Buffer{1} + Buffer(31, 0)) == alert::illegal_parameter);
  CHECK(of_x25519(Buffer(31, 9)) == alert::illegal_parameter);
  CHECK(of_x25519(Buffer(33, 9)) == alert::illegal_parameter);

  // Of a group that supported_groups lacks; twice; of one that TLS 1.3 has no use for.
  CHECK(answer_to(tls13_hello().with(51, vector16(good_share(x25519)))) == alert::illegal_parameter);
  CHECK(answer_to(tls13_hello().with(51, vector16(good + good))) == alert::illegal_parameter);
  CHECK(answer_to(tls13_hello()
                      .with(10, vector16(numbers({secp256r1, 0x0009})))
                      .with(51, vector16(good + share(0x0009, Buffer(42, 1))))) == alert::illegal_parameter);
}

TEST_CASE("a ClientKeyExchange that is no point is an illegal_parameter") {
  const auto good = good_share(secp256r1);
  const Buffer point(good.begin() + 4, good.end());
  const auto answer = [](const Buffer& key_exchange) {
    Server server(rsa_identity());
    auto hello = tls12_hello();
    hello.suites = numbers({0xC02F});
    REQUIRE(server.hears(in_record(hello)) == Step::want_read);
    if (server.hears(record(wire::handshake, message(wire::client_key_exchange, key_exchange))) !=
        Step::failed)
      return 0;
    REQUIRE(server.alerts.size() == 1);
    CHECK(server.refused_with(server.alerts[0]));
    return server.alerts[0];
  };
  CHECK(answer(vector8(point)) == 0);
  auto beside = point;
  beside.back() ^= 1;
  CHECK(answer(vector8(beside)) == alert::illegal_parameter);
  CHECK(answer(vector8(Buffer{4} + Buffer(64, 0))) == alert::illegal_parameter);
  CHECK(answer(vector8(Buffer{3} + Buffer(point.begin() + 1, point.begin() + 33))) ==
        alert::illegal_parameter);
  auto hybrid = point;
  hybrid[0] = 7;
  CHECK(answer(vector8(hybrid)) == alert::illegal_parameter);
  CHECK(answer(vector8(point) + Buffer{0}) == alert::decode_error);
  CHECK(answer({}) == alert::decode_error);
}

TEST_CASE("a ClientKeyExchange of DHE that isn't between 1 and p-1 is an illegal_parameter") {
  // The answer to what `make_key` makes of the group's prime.
  const auto answer = [](const std::function<Buffer(const Buffer& prime)>& make_key) {
    Server server(rsa_identity());
    auto hello = tls12_hello().with(10, vector16(numbers({tls::group::ffdhe2048})));
    hello.suites = numbers({0x009E});
    REQUIRE(server.hears(in_record(hello)) == Step::want_read);
    const auto exchange = server.said(wire::server_key_exchange);
    REQUIRE(exchange.size() > 2 + 256);
    const Buffer prime(exchange.begin() + 2, exchange.begin() + 2 + 256);
    if (server.hears(record(wire::handshake, message(wire::client_key_exchange, make_key(prime)))) !=
        Step::failed)
      return 0;
    REQUIRE(server.alerts.size() == 1);
    CHECK(server.refused_with(server.alerts[0]));
    return server.alerts[0];
  };
  const auto constantly = [](Buffer key) { return [=](const Buffer&) { return key; }; };
  CHECK(answer(constantly(vector16(Buffer(255, 0) + Buffer{2}))) == 0);
  CHECK(answer(constantly(vector16({2}))) == 0);
  CHECK(answer(constantly(vector16({0}))) == alert::illegal_parameter);
  CHECK(answer(constantly(vector16({1}))) == alert::illegal_parameter);
  CHECK(answer(constantly(vector16(Buffer(1024, 0xFF)))) == alert::illegal_parameter);
  CHECK(answer([](const Buffer& prime) { return vector16(prime); }) == alert::illegal_parameter);
  CHECK(answer([](Buffer prime) {
          --prime.back();  // p is odd
          return vector16(prime);
        }) == alert::illegal_parameter);
  CHECK(answer(constantly(vector16({2}) + Buffer{0})) == alert::decode_error);
  CHECK(answer(constantly(vector16({}))) == alert::decode_error);
  CHECK(answer(constantly(u16(2) + Buffer{2})) == alert::decode_error);
  CHECK(answer(constantly({0})) == alert::decode_error);
}

TEST_CASE("a ClientKeyExchange of another length than the key's is a decode_error, and told at once") {
  const auto answer = [](const Buffer& key_exchange) {
    Server server(rsa_identity());
    auto hello = tls12_hello();
    hello.suites = numbers({0x002F});
    REQUIRE(server.hears(in_record(hello)) == Step::want_read);
    if (server.hears(record(wire::handshake, message(wire::client_key_exchange, key_exchange))) !=
        Step::failed)
      return 0;
    REQUIRE(server.alerts.size() == 1);
    return server.alerts[0];
  };
  CHECK(answer(vector16(Buffer(256, 1))) ==
        0);  // wrong inside: told after the Finished (RFC 5246 section 7.4.7.1)
  CHECK(answer(vector16(Buffer(255, 1))) == alert::decode_error);
  CHECK(answer(vector16(Buffer(257, 1))) == alert::decode_error);
  CHECK(answer(vector16(Buffer(256, 1)) + Buffer{0}) == alert::decode_error);
  CHECK(answer(u16(255) + Buffer(256, 1)) == alert::decode_error);
  CHECK(answer({1}) == alert::decode_error);
}

// --- records -------------------------------------------------------------------------------------------

TEST_CASE("a record's version is ignored") {
  for (const auto version : {0x0300, 0x0301, 0x0304, 0x03FE}) {
    INFO(version);
    Server server;
    CHECK(server.hears(record(wire::handshake, message(wire::client_hello, body_of(tls13_hello())),
                              static_cast<std::uint16_t>(version))) == Step::want_read);
  }
}

TEST_CASE("records that are too long are a record_overflow before they are there") {
  const auto header = [](std::uint8_t type, std::size_t size) {
    return Buffer{type} + u16(0x0303) + u16(size);
  };
  Server at_once;
  CHECK(at_once.hears(header(wire::handshake, 16385)) == Step::failed);
  CHECK(at_once.refused_with(alert::record_overflow));

  Server in_tls12(rsa_identity());
  REQUIRE(in_tls12.hears(in_record(tls12_hello())) == Step::want_read);
  CHECK(in_tls12.hears(header(wire::handshake, 16385)) == Step::failed);
  CHECK(in_tls12.refused_with(alert::record_overflow));

  const auto version = GENERATE(Version::tls12, Version::tls13);
  auto pair = established_pair(version);
  CHECK(reaction_to(pair,
                    header(wire::application_data, version == Version::tls13 ? 16384 + 257 : 16384 + 2049)) ==
        alert::record_overflow);
}

TEST_CASE("what comes out of turn after the handshake is told by an alert that the client can read") {
  auto in_tls12 = established_pair(Version::tls12);
  CHECK(reaction_to(in_tls12, record(99, {1, 2, 3})) == alert::unexpected_message);
  auto in_tls13 = established_pair(Version::tls13);
  CHECK(reaction_to(in_tls13, record(99, {1, 2, 3})) == alert::unexpected_message);
  auto in_the_clear = established_pair(Version::tls13);
  CHECK(reaction_to(in_the_clear, record(wire::change_cipher_spec, {1})) == alert::unexpected_message);
}

TEST_CASE("a protected record of no bytes is a bad_record_mac") {
  for (const auto version : {Version::tls12, Version::tls13}) {
    auto pair = established_pair(version);
    CHECK(reaction_to(pair, record(wire::application_data, {})) == alert::bad_record_mac);
  }
}

TEST_CASE("a ChangeCipherSpec counts for nothing before the client's Finished") {
  tls::ClientParameters parameters;
  parameters.min_version = Version::tls13;
  Server server;
  Pair pair(tls::make_client_session(std::move(parameters)), std::move(server.session));
  int carried = 0;
  pair.on_the_way_to_server = [&](Buffer& bytes) {
    if (!bytes.empty() && ++carried > 1) bytes = record(wire::change_cipher_spec, {1}) + bytes;
  };
  pair.shake_hands();
  CHECK(pair.established());
}

TEST_CASE("a record in the clear after the keys are there is unexpected, an alert excepted") {
  tls::ClientParameters parameters;
  parameters.min_version = Version::tls13;
  Server server;
  Pair pair(tls::make_client_session(std::move(parameters)), std::move(server.session));
  const bool is_alert = GENERATE(true, false);
  int carried = 0;
  pair.on_the_way_to_server = [&](Buffer& bytes) {
    if (bytes.empty() || ++carried == 1) return;
    bytes = is_alert ? record(wire::alert, {2, alert::unknown_ca})
                     : record(wire::handshake, message(wire::finished, Buffer(32, 1)));
  };
  pair.shake_hands();
  CHECK(pair.server_step == Step::failed);
  CHECK(pair.server->failure().alert_from_peer == is_alert);
  CHECK(pair.server->failure().alert == (is_alert ? alert::unknown_ca : alert::unexpected_message));
}

TEST_CASE("four warnings in a row are ignored, five are too many") {
  auto hello = tls12_hello();
  Server server(rsa_identity());
  REQUIRE(server.hears(in_record(hello)) == Step::want_read);
  for (int i = 0; i < 4; ++i) CHECK(server.hears(record(wire::alert, warning)) == Step::want_read);
  CHECK(server.hears(record(wire::alert, warning)) == Step::failed);
  CHECK(server.refused_with(alert::unexpected_message));
}

// --- certificates of clients ---------------------------------------------------------------------------

namespace {

/// Shakes hands, and has `change` applied to the record of the client's CertificateVerify, which begins at
/// `at` in `bytes` and has `size` bytes, header included.
void change_certificate_verify(
    Pair& pair, const std::function<void(Buffer& bytes, std::size_t at, std::size_t size)>& change) {
  bool is_changed = false;
  pair.on_the_way_to_server = [&](Buffer& bytes) {
    for (std::size_t at = 0; at + 9 < bytes.size() && !is_changed;) {
      const std::size_t size = 5 + (bytes[at + 3] << 8) + bytes[at + 4];
      if (bytes[at] == wire::handshake && bytes[at + 5] == wire::certificate_verify) {
        change(bytes, at, size);
        is_changed = true;
      }
      at += size;
    }
  };
  pair.shake_hands();
  REQUIRE(is_changed);
}

Pair with_client_certificate(KeyType key) {
  tls::ClientParameters client;
  client.min_version = client.max_version = Version::tls12;
  client.client_certificate = make_identity({.key = key, .extensions = {}});
  tls::ServerParameters server;
  server.identity = make_identity();
  server.ask_client_certificate = true;
  return {std::move(client), std::move(server)};
}

}  // namespace

TEST_CASE("a client's signature with a byte behind it is a decode_error") {
  Pair pair = with_client_certificate(GENERATE(KeyType::p256, KeyType::rsa2048));
  change_certificate_verify(pair, [](Buffer& bytes, std::size_t at, std::size_t size) {
    REQUIRE(bytes[at + 4] != 0xff);
    REQUIRE(bytes[at + 8] != 0xff);
    ++bytes[at + 4];
    ++bytes[at + 8];
    bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at + size), 0);
  });
  CHECK(pair.server_step == Step::failed);
  CHECK(pair.server->failure().alert == alert::decode_error);
}

TEST_CASE("a client's signature that is wrong is a decrypt_error") {
  Pair pair = with_client_certificate(GENERATE(KeyType::p256, KeyType::rsa2048));
  change_certificate_verify(
      pair, [](Buffer& bytes, std::size_t at, std::size_t size) { bytes[at + size - 1] ^= 1; });
  CHECK(pair.server_step == Step::failed);
  CHECK(pair.server->failure().alert == alert::decrypt_error);
  CHECK(pair.server->failure().detail.starts_with(
      "a signature of the client's, or what confirms its keys, is wrong"));
  CHECK(pair.client->failure().alert == alert::decrypt_error);
  CHECK(pair.client->failure().alert_from_peer);
}

namespace {

/// A server that lists more than it takes.
class StubbornServer final : public tls::MbedtlsSession {
 public:
  StubbornServer() : MbedtlsSession(tls::Sender::server, {}), identity_(rsa_identity()) {
    REQUIRE(tls::configure(config_, MBEDTLS_SSL_IS_SERVER, Version::tls13, Version::tls13) == 0);
    mbedtls_ssl_conf_authmode(&config_, MBEDTLS_SSL_VERIFY_OPTIONAL);
    REQUIRE(mbedtls_ssl_conf_own_cert(&config_, identity_->chain(), identity_->key()) == 0);
    REQUIRE(set_up() == 0);
  }
  /// From now on it takes no signature of RSA's.
  void forget_rsa() {
    static constexpr std::array<std::uint16_t, 2> ecdsa_alone = {MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256,
                                                                 MBEDTLS_TLS1_3_SIG_NONE};
    mbedtls_ssl_conf_sig_algs(&config_, ecdsa_alone.data());
  }

 private:
  certs::IdentityPtr identity_;
};

}  // namespace

TEST_CASE("a signature by an algorithm that wasn't offered is an illegal_parameter") {
  tls::ClientParameters client;
  client.min_version = Version::tls13;
  client.client_certificate = rsa_identity();
  auto server = std::make_unique<StubbornServer>();
  auto& stubborn = *server;
  Pair pair(tls::make_client_session(std::move(client)), std::move(server));
  pair.on_the_way_to_client = [&](Buffer& bytes) {
    if (!bytes.empty()) stubborn.forget_rsa();  // its flight is out
  };
  pair.shake_hands();
  CHECK(pair.server_step == Step::failed);
  CHECK(pair.server->failure().alert == alert::illegal_parameter);
}

TEST_CASE("close_notify is an end whatever its level, unless it is fatal before TLS 1.3") {
  const std::uint8_t level = GENERATE(0, 1, 2, 3);
  const auto version = GENERATE(Version::tls12, Version::tls13);
  auto made = std::make_unique<RawSession>(tls::Sender::client, version);
  auto& raw = *made;
  tls::ServerParameters server;
  server.identity = make_identity();
  Pair pair(std::move(made), tls::make_server_session(std::move(server)));
  pair.shake_hands();
  REQUIRE(pair.established());
  raw.send_record(wire::alert, Buffer{level, alert::close_notify});
  pair.carry();
  Step step;
  read_all(*pair.server, step);
  const bool is_fatal = level == 2 && version == Version::tls12;
  CHECK(step == (is_fatal ? Step::failed : Step::closed));
}

TEST_CASE("an alert of no level is an illegal_parameter before TLS 1.3") {
  const std::uint8_t level = GENERATE(0, 3, 255);
  auto made = std::make_unique<RawSession>(tls::Sender::client, Version::tls12);
  auto& raw = *made;
  tls::ServerParameters server;
  server.identity = make_identity();
  Pair pair(std::move(made), tls::make_server_session(std::move(server)));
  pair.shake_hands();
  REQUIRE(pair.established());
  raw.send_record(wire::alert, Buffer{level, alert::unsupported_certificate});
  pair.carry();
  Step step;
  read_all(*pair.server, step);
  CHECK(step == Step::failed);
  CHECK_FALSE(pair.server->failure().alert_from_peer);
  CHECK(pair.server->failure().alert == alert::illegal_parameter);
}

TEST_CASE("a warning in TLS 1.3 is an error, user_canceled excepted") {
  auto made = std::make_unique<RawSession>(tls::Sender::client, Version::tls13);
  auto& raw = *made;
  tls::ServerParameters server;
  server.identity = make_identity();
  Pair pair(std::move(made), tls::make_server_session(std::move(server)));
  pair.shake_hands();
  REQUIRE(pair.established());
  raw.send_record(wire::alert, Buffer{1, alert::user_canceled});
  pair.carry();
  Step step;
  read_all(*pair.server, step);
  CHECK(step == Step::want_read);
  raw.send_record(wire::alert, Buffer{1, alert::unsupported_certificate});
  pair.carry();
  read_all(*pair.server, step);
  CHECK(step == Step::failed);
  CHECK(pair.server->failure().alert == alert::unsupported_certificate);
  CHECK(pair.server->failure().alert_from_peer);
}
