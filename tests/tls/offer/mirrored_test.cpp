#include "tls/offer/mirrored.h"

#include <catch2/catch_test_macros.hpp>

#include "hellos.h"
#include "tls/sessions/sessions.h"

using namespace mailtap;
using namespace mailtap::test;
using namespace mailtap::tls::offer;
using Numbers = std::vector<std::uint16_t>;

namespace {

const tls::Abilities own{
    {0x1301, 0x1302, 0xC02B, 0xC02F, 0xC013}, {29, 23, 24}, {}, {0x0403, 0x0804, 0x0401}};

tls::ClientHello client(Numbers suites, Numbers versions) {
  tls::ClientHello hello;
  hello.legacy_version = 0x0303;
  hello.cipher_suites = std::move(suites);
  hello.supported_versions = std::move(versions);
  hello.groups = {0x11EC, 23, 0x2A2A, 29};
  hello.signature_algorithms = {0x0401, 0x0809, 0x0403};
  hello.key_share_groups = {0x11EC, 29};
  hello.extensions = {tls::extension::supported_groups, tls::extension::signature_algorithms,
                      tls::extension::session_ticket, tls::extension::psk_key_exchange_modes};
  return hello;
}

}  // namespace

TEST_CASE(
    "suites and signature algorithms are the client's as far as mailtap has them, in the client's order") {
  const auto mirrored =
      mirror(client({0xC02F, 0x1303, 0x1302, 0x000A, 0xC02B, 0x1301}, {0x0304, 0x0303}), own);
  REQUIRE(mirrored);
  CHECK(mirrored->cipher_suites == Numbers{0xC02F, 0x1302, 0xC02B, 0x1301});
  CHECK(mirrored->signature_algorithms == Numbers{0x0401, 0x0403});
  CHECK(mirrored->oldest == 0x0303);
  CHECK(mirrored->newest == 0x0304);
  CHECK(mirrored->offers_tickets);
  CHECK(mirrored->resumes_tls13);
}

TEST_CASE("the group of which the client sends a share comes first, so that a server needs no other hello") {
  CHECK(mirror(client({0x1301}, {0x0304}), own)->groups == Numbers{29, 23});
  auto hello = client({0x1301}, {0x0304});
  hello.key_share_groups.clear();
  CHECK(mirror(hello, own)->groups == Numbers{23, 29});
}

TEST_CASE("a hybrid group that both have is repeated in TLS 1.3, and in no hello of TLS 1.2") {
  auto with_hybrids = own;
  with_hybrids.hybrid_groups = {0x11EC};
  CHECK(mirror(client({0x1301}, {0x0304}), with_hybrids)->groups == Numbers{0x11EC, 23, 29});
  auto tls12 = client({0xC02F}, {0x0303});
  tls12.key_share_groups.clear();
  CHECK(mirror(tls12, with_hybrids)->groups == Numbers{23, 29});
}

TEST_CASE("a version is offered only with a suite of its own") {
  auto mirrored = mirror(client({0x1303, 0xC02F}, {0x0304, 0x0303, 0x0302}), own);
  REQUIRE(mirrored);
  CHECK(mirrored->newest == 0x0303);
  CHECK(mirrored->oldest == 0x0303);
  mirrored = mirror(client({0x1301, 0x000A}, {0x0304, 0x0303}), own);
  REQUIRE(mirrored);
  CHECK(mirrored->oldest == 0x0304);
  mirrored = mirror(client({0x1301, 0xC02F}, {0x0304}), own);
  REQUIRE(mirrored);
  CHECK(mirrored->cipher_suites == Numbers{0x1301});
}

TEST_CASE("TLS 1.3 isn't offered with curves of TLS 1.2 alone") {
  const auto& abilities = tls::own_abilities();
  auto hello = client({0x1301, 0xC02F}, {0x0304, 0x0303});
  for (const std::uint16_t curve : {0x0016, 0x0015, 0x001A}) {
    hello.groups = {curve};
    const auto mirrored = mirror(hello, abilities);
    REQUIRE(mirrored);
    CHECK(mirrored->newest == 0x0303);
    CHECK(mirrored->groups == Numbers{curve});
  }
}

TEST_CASE("a client that offers nothing that mailtap has can't be repeated") {
  CHECK_FALSE(mirror(client({0x000A, 0x0005}, {0x0303}), own));
  auto old = client({0xC013}, {});
  old.legacy_version = 0x0301;
  CHECK_FALSE(mirror(old, own));
  auto other_groups = client({0xC02F}, {0x0303});
  other_groups.groups = {25};
  CHECK_FALSE(mirror(other_groups, own));
}

TEST_CASE(
    "a client of TLS 1.2 without lists of groups or signature algorithms leaves mailtap's own in place") {
  tls::ClientHello hello;
  hello.legacy_version = 0x0303;
  hello.cipher_suites = {0xC013};
  const auto mirrored = mirror(hello, own);
  REQUIRE(mirrored);
  CHECK(mirrored->groups.empty());
  CHECK(mirrored->signature_algorithms.empty());
  CHECK_FALSE(mirrored->offers_tickets);
  CHECK_FALSE(mirrored->resumes_tls13);
}

TEST_CASE("what was agreed on by another hello is within the client's offer, or not") {
  const auto mirrored = *mirror(client({0xC02F, 0x1301}, {0x0304, 0x0303}), own);
  CHECK(would_allow(mirrored, 0x0303, 0xC02F, 29));
  CHECK(would_allow(mirrored, 0x0303, 0xC02F, 0));
  CHECK_FALSE(would_allow(mirrored, 0x0303, 0xC02B, 29));
  CHECK_FALSE(would_allow(mirrored, 0x0303, 0xC02F, 24));
  CHECK_FALSE(would_allow(mirrored, 0x0302, 0xC02F, 29));
}

TEST_CASE("a hello of mailtap's own is repeated as it is") {
  const auto& abilities = tls::own_abilities();
  REQUIRE(abilities.cipher_suites.size() > 10);
  REQUIRE(abilities.groups.size() > 3);
  tls::ClientHello hello;
  hello.cipher_suites = abilities.cipher_suites;
  hello.groups = abilities.groups;
  hello.signature_algorithms = abilities.signature_algorithms;
  hello.supported_versions = {0x0304, 0x0303};
  const auto mirrored = mirror(hello, abilities);
  REQUIRE(mirrored);
  CHECK(mirrored->cipher_suites == abilities.cipher_suites);
  CHECK(mirrored->groups == abilities.groups);
  CHECK(mirrored->signature_algorithms == abilities.signature_algorithms);
}
