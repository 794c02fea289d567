// Hellos with more in their lists than anybody needs: what both sides have is found at their ends.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "certs/model/identity.h"
#include "tests/tls/hello_bytes.h"
#include "tests/tls/test_identity.h"

using namespace mailtap;
using namespace mailtap::tests;
using tls::Step;

namespace {

/// `count` that nobody knows, with GREASE (RFC 8701) among them.
std::vector<std::uint16_t> unknown(std::size_t count) {
  std::vector<std::uint16_t> numbers;
  for (std::size_t i = 0; i < count; ++i)
    numbers.push_back(i % 5 == 0 ? 0x1A1A : static_cast<std::uint16_t>(0xE000 + i));
  return numbers;
}

std::vector<std::uint16_t> then(std::vector<std::uint16_t> numbers, const std::vector<std::uint16_t>& known) {
  numbers.insert(numbers.end(), known.begin(), known.end());
  return numbers;
}

using tls::extension::supported_groups, tls::extension::signature_algorithms,
    tls::extension::supported_versions, tls::extension::key_share;
using tls::group::secp256r1, tls::group::x25519, tls::group::SecP384r1MLKEM1024;

RawExtension shares() {
  constexpr std::size_t mlkem_size = 1665;
  Buffer list;
  const auto add = [&](std::uint16_t group, std::size_t size) {
    put16(list, group);
    put16(list, size);
    list.push_back(9);
    list.resize(list.size() + size - 1, 0);
  };
  add(0x2A2A, 1);
  add(SecP384r1MLKEM1024, mlkem_size);
  for (std::uint16_t group = 0xE400; group < 0xE420; ++group) add(group, 133);
  add(x25519, 32);
  Buffer data;
  put16(data, list.size());
  data.insert(data.end(), list.begin(), list.end());
  return {key_share, data};
}

std::unique_ptr<tls::Session> answer(const Buffer& hello, KeyType key) {
  REQUIRE(tls::initialise());
  tls::ServerParameters parameters;
  parameters.identity = make_identity({.key = key, .subject = "CN=mail.example", .extensions = {}});
  auto server = tls::make_server_session(std::move(parameters));
  server->feed(hello);
  const auto step = server->handshake();
  INFO(server->failure().detail);
  CHECK(step == Step::want_read);
  return server;
}

}  // namespace

TEST_CASE("TLS 1.2: a hello with long lists is answered by what stands at their ends") {
  const auto count = GENERATE(19U, 20U, 40U, 300U);
  const auto key = GENERATE(KeyType::p256, KeyType::rsa2048);
  const std::uint16_t suite = key == KeyType::p256 ? 0xC02B : 0xC02F;
  const std::uint16_t algorithm = key == KeyType::p256 ? 0x0403 : 0x0401;
  auto groups = unknown(count);
  groups.insert(groups.end(), 30, 0x0018);  // secp384r1, again and again
  const auto server = answer(
      client_hello(
          then(unknown(count), {suite}),
          std::vector<RawExtension>{{supported_groups, numbers16(then(groups, {secp256r1}))},
                                    {signature_algorithms, numbers16(then(unknown(count), {algorithm}))}}),
      key);
  CHECK(server->agreed().version == tls::Version::tls12);
  CHECK(server->agreed().group == tls::Group::secp256r1);
}

TEST_CASE(
    "TLS 1.3: a hello with long lists and shares of unknown groups is answered without another question") {
  const auto count = GENERATE(19U, 20U, 40U, 300U);
  const auto key = GENERATE(KeyType::p256, KeyType::rsa2048);
  const std::uint16_t algorithm = key == KeyType::p256 ? 0x0403 : 0x0804;
  // As many repeat one that both have and the key doesn't fit.
  auto algorithms = unknown(count);
  algorithms.insert(algorithms.end(), 40, 0x0805);
  algorithms.insert(algorithms.end(), 40, 0x0603);
  if (key == KeyType::rsa2048) std::erase(algorithms, 0x0805);
  // Those that there are shares of, in their order (RFC 8446 section 4.2.8), among others.
  auto groups = then(unknown(count), {0x2A2A, SecP384r1MLKEM1024});
  for (std::uint16_t group = 0xE400; group < 0xE420; ++group) groups.push_back(group);
  groups.push_back(x25519);
  auto versions = unknown(20);
  Buffer version_list{static_cast<std::uint8_t>(2 * (versions.size() + 1))};
  for (const auto version : then(versions, {0x0304})) put16(version_list, version);
  const auto server = answer(
      client_hello(then(unknown(count), {0x1301}),
                   std::vector<RawExtension>{{supported_versions, version_list},
                                             {supported_groups, numbers16(groups)},
                                             {signature_algorithms, numbers16(then(algorithms, {algorithm}))},
                                             shares()}),
      key);
  CHECK(server->agreed().version == tls::Version::tls13);
  CHECK(server->agreed().group == tls::Group::x25519);
  CHECK(server->agreed().cipher_suite == tls::CipherSuite::TLS_AES_128_GCM_SHA256);
  CHECK(records_of(server->outgoing()).size() > 3);  // more than a HelloRetryRequest
}
