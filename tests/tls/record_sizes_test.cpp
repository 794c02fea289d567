// Records as small as the peer asked for (RFC 6066 section 4, RFC 8449).
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "certs/model/identity.h"
#include "tests/tls/hello_bytes.h"
#include "tests/tls/test_identity.h"
#include "tls/client_hello.h"

using namespace mailtap;
using namespace mailtap::tests;
using tls::Step;

namespace {

using enum tls::ExtensionType;

Buffer limit(std::uint16_t number) {
  Buffer data;
  put16(data, number);
  return data;
}

std::unique_ptr<tls::Session> server_of(std::size_t more_certificates) {
  REQUIRE(tls::initialise());
  tls::ServerParameters parameters;
  const CertificateOptions options{.key = KeyType::rsa2048, .subject = "CN=mail.example", .extensions = {}};
  parameters.identity =
      make_identity(options, std::vector<Buffer>(more_certificates, make_certificate(options).der));
  return tls::make_server_session(std::move(parameters));
}

/// The extensions of the ServerHello that a session sent: type and data.
std::vector<RawExtension> server_extensions(Bytes stream) {
  const auto messages = messages_of(stream);
  const auto hello = message_of(messages, 2);
  std::vector<RawExtension> found;
  std::size_t at = 34 + 1 + hello[34] + 3 + 2;
  while (at + 4 <= hello.size()) {
    const std::size_t size = hello[at + 2] << 8 | hello[at + 3];
    const auto data = hello.subspan(at + 4, size);
    found.push_back({static_cast<std::uint16_t>(hello[at] << 8 | hello[at + 1]), {data.begin(), data.end()}});
    at += 4 + size;
  }
  return found;
}

const RawExtension* find(const std::vector<RawExtension>& extensions, std::uint16_t type) {
  const auto found =
      std::ranges::find_if(extensions, [&](const RawExtension& one) { return one.type == type; });
  return found == extensions.end() ? nullptr : &*found;
}

std::size_t longest_record(Bytes stream) {
  std::size_t longest = 0;
  for (const auto& record : records_of(stream)) longest = std::max(longest, record.fragment.size());
  return longest;
}

std::vector<RawExtension> extensions_of_tls12() {
  return {{supported_groups, numbers16({0x001D})}, {signature_algorithms, numbers16({0x0401})}};
}

}  // namespace

TEST_CASE("TLS 1.2: what max_fragment_length was agreed to holds for handshake messages") {
  const auto code = GENERATE(1, 2, 3, 4);
  const std::size_t most = std::size_t{256} << code;
  const auto server = server_of(/*more_certificates=*/9);
  auto extensions = extensions_of_tls12();
  extensions.push_back({max_fragment_length, {static_cast<std::uint8_t>(code)}});
  server->feed(client_hello({0xC02F}, extensions));
  REQUIRE(server->handshake() == Step::want_read);
  const auto agreed = server_extensions(server->outgoing());
  REQUIRE(find(agreed, max_fragment_length) != nullptr);
  CHECK(find(agreed, max_fragment_length)->data == Buffer{static_cast<std::uint8_t>(code)});
  CHECK(longest_record(server->outgoing()) == most);
  // The message is whole.
  const auto messages = messages_of(server->outgoing());
  CHECK(message_of(messages, 11).size() > 6000);
}

TEST_CASE("TLS 1.2: record_size_limit is answered, and max_fragment_length beside it is not") {
  const auto server = server_of(1);
  auto extensions = extensions_of_tls12();
  extensions.push_back({max_fragment_length, {1}});
  extensions.push_back({record_size_limit, limit(200)});
  server->feed(client_hello({0xC02F}, extensions));
  REQUIRE(server->handshake() == Step::want_read);
  const auto agreed = server_extensions(server->outgoing());
  CHECK(find(agreed, max_fragment_length) == nullptr);
  REQUIRE(find(agreed, record_size_limit) != nullptr);
  CHECK(find(agreed, record_size_limit)->data == limit(16384));
  // What isn't encrypted needn't be under the limit; GnuTLS minds all the same. And one less, as the client
  // may have counted the content type of TLS 1.3.
  CHECK(longest_record(server->outgoing()) == 199);
}

TEST_CASE("a record_size_limit below 64 is refused, in both versions") {
  const auto server = server_of(0);
  auto extensions = extensions_of_tls12();
  extensions.push_back({record_size_limit, limit(63)});
  server->feed(client_hello({0xC02F}, extensions));
  CHECK(server->handshake() == Step::failed);
  CHECK(server->failure().alert == 47);
}

TEST_CASE("TLS 1.3: every encrypted record of a server's handshake keeps to record_size_limit") {
  const auto most = GENERATE(64U, 65U, 100U, 512U, 4096U);
  const auto server = server_of(/*more_certificates=*/9);
  Buffer share;
  put16(share, 36);
  put16(share, 0x001D);
  put16(share, 32);
  share.push_back(9);
  share.resize(38, 0);
  server->feed(client_hello(
      {0x1301}, std::vector<RawExtension>{{supported_versions, {2, 3, 4}},
                                          {supported_groups, numbers16({0x001D})},
                                          {signature_algorithms, numbers16({0x0804})},
                                          {key_share, share},
                                          {record_size_limit, limit(static_cast<std::uint16_t>(most))}}));
  REQUIRE(server->handshake() == Step::want_read);
  CHECK(server->agreed().version == tls::Version::tls13);
  constexpr std::size_t tag = 16;
  std::size_t longest = 0;
  for (const auto& record : records_of(server->outgoing()))
    if (record.type == tls::wire::application_data) longest = std::max(longest, record.fragment.size());
  CHECK(longest > most / 2);
  CHECK(longest <= most + tag);
}

TEST_CASE("our hello offers the largest limit that there is") {
  REQUIRE(tls::initialise());
  const auto client = tls::make_client_session({});
  REQUIRE(client->handshake() == Step::want_read);
  const Buffer expected{0, 28, 0, 2, 0x40, 0x01};
  const auto sent = client->outgoing();
  CHECK(std::search(sent.begin(), sent.end(), expected.begin(), expected.end()) != sent.end());
}
