#include "tls/offer/compare.h"

#include <catch2/catch_test_macros.hpp>

#include "hellos.h"

using namespace mailtap;
using namespace mailtap::test;
using namespace mailtap::tls::offer;

TEST_CASE("what another hello leaves out is told in the client's order, without GREASE and signals") {
  using namespace tls::extension;
  auto extensions = resuming_extensions();
  extensions.push_back({status_request, {1, 0, 0, 0, 0}});
  extensions.push_back({application_layer_protocol_negotiation,
                        {0, 12, 2, 'h', '2', 8, 'h', 't', 't', 'p', '/', '1', '.', '1'}});
  const auto client =
      parsed(tests::client_hello({0x0A0A, 0x1304, 0x1301, 0xC02F, 0x000A, 0x00FF}, extensions));
  const auto other = parsed(tests::client_hello(
      {0x1301, 0xC02F},
      {{{supported_groups, tests::numbers16({29})},
        {signature_algorithms, tests::numbers16({0x0804})},
        {server_name, sni("mail.test")},
        {key_share, {0, 5, 0, 29, 0, 1, 7}},
        {application_layer_protocol_negotiation, {0, 9, 8, 'h', 't', 't', 'p', '/', '1', '.', '1'}},
        {supported_versions, {2, 3, 4}}}}));
  const auto missing = left_out(client, other);
  CHECK(missing.versions == std::vector<std::uint16_t>{0x0303});
  CHECK(missing.cipher_suites == std::vector<std::uint16_t>{0x1304, 0x000A});
  CHECK(missing.groups == std::vector<std::uint16_t>{23});
  CHECK(missing.signature_algorithms == std::vector<std::uint16_t>{0x0403});
  CHECK(missing.extensions == std::vector<std::uint16_t>{status_request});
  CHECK(missing.alpn == std::vector<std::string>{"h2"});
}

TEST_CASE("a hello leaves nothing of itself out") {
  const auto hello = parsed(resuming_hello());
  const auto missing = left_out(hello, hello);
  CHECK(missing.versions.empty());
  CHECK(missing.cipher_suites.empty());
  CHECK(missing.groups.empty());
  CHECK(missing.signature_algorithms.empty());
  CHECK(missing.extensions.empty());
  CHECK(missing.alpn.empty());
}

TEST_CASE("versions are told newest first, without GREASE; without the extension it is the one named") {
  CHECK(versions_of(parsed(resuming_hello())) == std::vector<std::uint16_t>{0x0304, 0x0303});
  CHECK(versions_of(parsed(tests::client_hello({0x002F}, std::nullopt))) ==
        std::vector<std::uint16_t>{0x0303});
}
