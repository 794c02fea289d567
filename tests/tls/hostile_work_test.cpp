// What a stranger can have a worker compute: CPU time for each byte that it sends, in memory, held against an
// ordinary client's. The bounds are generous: a machine that is busy, or a sanitizer, doesn't meet them; a
// key exchange that costs half a second does.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <string>
#include <vector>

#include "config/base/process.h"
#include "tests/tls/test_identity.h"
#include "tls/client_hello.h"
#include "tls/sessions/sessions.h"

using namespace mailtap;
using namespace mailtap::tests;

namespace {

/// Of this thread, in microseconds: the least of three runs.
double cpu_us(const std::function<void()>& work) {
  double least = 1e18;
  for (int i = 0; i < 3; ++i) {
    const auto began = thread_processor_time();
    work();
    least = std::min(least, static_cast<double>((thread_processor_time() - began).count()) / 1e3);
  }
  return least;
}

void add16(Buffer& to, std::size_t value) {
  to.push_back(static_cast<std::uint8_t>(value >> 8U));
  to.push_back(static_cast<std::uint8_t>(value));
}

void add_vector16(Buffer& to, const Buffer& content) {
  add16(to, content.size());
  to.insert(to.end(), content.begin(), content.end());
}

Buffer numbers16(const std::vector<std::uint16_t>& values) {
  Buffer list;
  for (const auto value : values) add16(list, value);
  Buffer vector;
  add_vector16(vector, list);
  return vector;
}

struct Hello {
  std::vector<std::uint16_t> suites{0x1301};
  std::vector<std::uint16_t> groups{0x001d};
  std::size_t share = 32;  ///< bytes of a key share of the first group; 0: TLS 1.2
  std::size_t padding = 0;
};

Buffer message_of(const Hello& wanted) {
  Buffer extensions;
  const auto extension = [&](std::uint16_t type, const Buffer& content) {
    add16(extensions, type);
    add_vector16(extensions, content);
  };
  extension(10, numbers16(wanted.groups));
  extension(11, {1, 0});
  extension(13, numbers16({0x0403, 0x0804, 0x0401}));
  if (wanted.share > 0) {
    extension(43, {2, 3, 4});
    Buffer share;
    add16(share, wanted.groups.front());
    add_vector16(share, Buffer(wanted.share, 9));
    Buffer shares;
    add_vector16(shares, share);
    extension(51, shares);
  }
  if (wanted.padding > 0) extension(21, Buffer(wanted.padding, 0));
  Buffer body{3, 3};
  body.resize(34, 7);
  body.push_back(0);
  const auto suites = numbers16(wanted.suites);
  body.insert(body.end(), suites.begin(), suites.end());
  body.insert(body.end(), {1, 0});
  add_vector16(body, extensions);
  Buffer message{1, static_cast<std::uint8_t>(body.size() >> 16U)};
  add16(message, body.size() & 0xFFFFU);
  message.insert(message.end(), body.begin(), body.end());
  return message;
}

Buffer in_records(const Buffer& message, std::size_t size) {
  Buffer records;
  for (std::size_t at = 0; at < message.size(); at += size) {
    const auto part = Bytes(message).subspan(at, std::min(size, message.size() - at));
    records.insert(records.end(), {22, 3, 1});
    add_vector16(records, Buffer(part.begin(), part.end()));
  }
  return records;
}

/// A server's work for the first flight of a client, per byte of it.
double server_us_per_byte(const Hello& hello, const certs::IdentityPtr& identity, bool* answered = nullptr) {
  const auto flight = in_records(message_of(hello), 16384);
  const auto us = cpu_us([&] {
    tls::ServerParameters parameters;
    parameters.identity = identity;
    const auto session = tls::make_server_session(std::move(parameters));
    session->feed(flight);
    session->handshake();
    if (answered != nullptr) {
      const auto answer = session->outgoing();
      *answered = !answer.empty() && answer[0] == 22;
    }
  });
  return us / static_cast<double>(flight.size());
}

struct Identities {
  certs::IdentityPtr ec = make_identity();
  certs::IdentityPtr rsa =
      make_identity({.key = KeyType::rsa2048, .subject = "CN=mail.example", .extensions = {}});
};

constexpr std::size_t ffdhe_sizes[] = {256, 384, 512, 768, 1024};
constexpr double most = 40;  // times an ordinary client's byte

/// How many times as much as an ordinary client's byte one of `hello` costs: measured in turns, as a
/// machine's speed changes, and again where it seems too much.
double times_ordinary(const Hello& hello, const certs::IdentityPtr& identity, const Identities& identities) {
  bool answered = false;
  double least = 1e18;
  for (int i = 0; i < 5 && least >= most; ++i) {
    const auto ordinary = server_us_per_byte({}, identities.ec, &answered);
    REQUIRE(answered);
    least = std::min(least, server_us_per_byte(hello, identity) / ordinary);
  }
  return least;
}

bool is_answered(const Hello& hello, const certs::IdentityPtr& identity) {
  bool answered = false;
  server_us_per_byte(hello, identity, &answered);
  return answered;
}

}  // namespace

TEST_CASE("a byte of a key share costs no more than a few of an ordinary client's, in any group") {
  REQUIRE(tls::initialise());
  const Identities identities;
  for (std::uint16_t i = 0; i < 5; ++i) {
    const Hello hello{
        .suites = {0x1301}, .groups = {static_cast<std::uint16_t>(0x0100 + i)}, .share = ffdhe_sizes[i]};
    INFO("ffdhe of " << ffdhe_sizes[i] << " bytes");
    CHECK(is_answered(hello, identities.ec));
    CHECK(times_ordinary(hello, identities.ec, identities) < most);
  }
}

TEST_CASE("nor does a hello of TLS 1.2, in any group and with any key exchange") {
  REQUIRE(tls::initialise());
  const Identities identities;
  for (const std::uint16_t group : {0x1d, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1e, 0x16, 0x15, 0x13}) {
    INFO("group " << group);
    CHECK(times_ordinary({.suites = {0xC02F}, .groups = {group}, .share = 0}, identities.rsa, identities) <
          most);
  }
  const std::pair<std::uint16_t, std::uint16_t> exchanges[] = {
      {0xC02F, 0x1d}, {0x009C, 0x1d}, {0x009E, 0x1d}, {0x009E, 0x100}, {0x009E, 0x101}, {0x009E, 0x102}};
  for (const auto& [suite, group] : exchanges) {
    const Hello hello{.suites = {suite}, .groups = {group}, .share = 0};
    INFO("suite " << suite << ", group " << group);
    CHECK(is_answered(hello, identities.rsa));
    CHECK(times_ordinary(hello, identities.rsa, identities) < most);
  }
}

TEST_CASE("what a stranger's byte costs is measured", "[.][measure]") {
  REQUIRE(tls::initialise());
  const Identities identities;
  const auto show = [](const std::string& what, double us, std::size_t bytes) {
    WARN(what << ": " << us << " us a byte, " << us * static_cast<double>(bytes) << " us");
  };
  show("x25519", server_us_per_byte({}, identities.ec), in_records(message_of({}), 16384).size());
  for (std::uint16_t i = 0; i < 5; ++i) {
    const Hello hello{
        .suites = {0x1301}, .groups = {static_cast<std::uint16_t>(0x0100 + i)}, .share = ffdhe_sizes[i]};
    show("ffdhe " + std::to_string(ffdhe_sizes[i] * 8), server_us_per_byte(hello, identities.ec),
         in_records(message_of(hello), 16384).size());
  }
  for (const std::uint16_t group : {0x1d, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1e, 0x16}) {
    const Hello hello{.suites = {0xC02F}, .groups = {group}, .share = 0};
    show("TLS 1.2, group " + std::to_string(group), server_us_per_byte(hello, identities.rsa),
         in_records(message_of(hello), 16384).size());
  }
  for (const std::uint16_t group : {0x1d, 0x100, 0x101, 0x102}) {
    const Hello dhe{.suites = {0x009E}, .groups = {group}, .share = 0};
    show("TLS 1.2, DHE, group " + std::to_string(group), server_us_per_byte(dhe, identities.rsa),
         in_records(message_of(dhe), 16384).size());
  }
}
