// What is signed with in handshakes, where it isn't what everybody has: SHA-1, SHA-224, RSA-PSS under
// TLS 1.2.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "certs/model/identity.h"
#include "tests/tls/pair.h"
#include "tests/tls/peers/conversation.h"
#include "tests/tls/test_identity.h"
#include "tls/mbedtls/signature_schemes.h"
#include "tls/names.h"

using namespace mailtap;
using namespace mailtap::tests;
using tls::Step;
using tls::Version;

namespace {

using namespace tls::signature;

std::vector<std::uint16_t> listed(Version oldest, Version newest) {
  tls::ClientParameters parameters;
  parameters.min_version = oldest;
  parameters.max_version = newest;
  return hello_of(std::move(parameters)).signature_algorithms;
}

bool has(const std::vector<std::uint16_t>& list, std::uint16_t algorithm) {
  return std::ranges::find(list, algorithm) != list.end();
}

}  // namespace

TEST_CASE("SHA-224 and SHA-1 are offered last, and not where TLS 1.3 alone is offered") {
  REQUIRE(tls::initialise());
  for (const auto newest : {Version::tls12, Version::tls13}) {
    const auto list = listed(Version::tls12, newest);
    REQUIRE(list.size() > 10);
    CHECK(std::vector(list.end() - 4, list.end()) ==
          std::vector<std::uint16_t>{ecdsa_sha224, rsa_pkcs1_sha224, ecdsa_sha1, rsa_pkcs1_sha1});
    CHECK(has(list, rsa_pss_rsae_sha256));
    CHECK(has(list, ed25519));
  }
  const auto list = listed(Version::tls13, Version::tls13);
  for (const auto short_hash : {ecdsa_sha224, rsa_pkcs1_sha224, ecdsa_sha1, rsa_pkcs1_sha1})
    CHECK_FALSE(has(list, short_hash));
  CHECK(has(list, rsa_pkcs1_sha256));  // of certificates
}

TEST_CASE("a TLS 1.2 server that signs with one algorithm alone is spoken with") {
  REQUIRE(tls::initialise());
  const auto algorithm =
      GENERATE(rsa_pkcs1_sha1, rsa_pkcs1_sha224, rsa_pkcs1_sha256, rsa_pss_rsae_sha256, rsa_pss_rsae_sha512);
  const auto newest = GENERATE(Version::tls12, Version::tls13);
  CAPTURE(tls::signature_algorithm_name(algorithm));
  PeerParameters theirs;
  theirs.is_server = true;
  theirs.signature_algorithm = algorithm;
  theirs.identity = &peer_identity("rsa2048");
  const auto context = openssl_peer(theirs);
  REQUIRE(context);
  tls::ClientParameters parameters;
  parameters.max_version = newest;
  Conversation conversation(tls::make_client_session(std::move(parameters)), (*context)->connect(false));
  conversation.shake_hands();
  INFO(conversation.failure());
  REQUIRE(conversation.established());
  CHECK(conversation.exchange(/*we_are_client=*/true) == "");
}

TEST_CASE("a TLS 1.2 client that lists one algorithm alone is signed for by it") {
  REQUIRE(tls::initialise());
  const auto algorithm =
      GENERATE(rsa_pkcs1_sha1, rsa_pkcs1_sha224, rsa_pkcs1_sha256, rsa_pss_rsae_sha256, rsa_pss_rsae_sha512);
  CAPTURE(tls::signature_algorithm_name(algorithm));
  PeerParameters theirs;
  theirs.signature_algorithm = algorithm;
  const auto context = openssl_peer(theirs);
  REQUIRE(context);
  const auto& identity = peer_identity("rsa2048");
  tls::ServerParameters parameters;
  parameters.identity = certs::Identity::from_pem(identity.certificate, identity.key).value();
  Conversation conversation(tls::make_server_session(std::move(parameters)), (*context)->connect(false));
  conversation.shake_hands();
  INFO(conversation.failure());
  REQUIRE(conversation.established());
  CHECK(conversation.exchange(/*we_are_client=*/false) == "");
}

TEST_CASE("TLS 1.3 has neither PKCS #1 v1.5 nor SHA-1 or SHA-224, nor one curve's scheme for another's key") {
  const auto rsa = make_identity({.key = KeyType::rsa2048, .subject = "CN=a", .extensions = {}});
  const auto ec = make_identity();
  const auto fits = [](const certs::IdentityPtr& identity, std::uint16_t scheme, bool in_tls13) {
    return mailtap_scheme_fits(identity->key(), scheme,
                               in_tls13 ? MBEDTLS_SSL_VERSION_TLS1_3 : MBEDTLS_SSL_VERSION_TLS1_2) != 0;
  };
  for (const auto scheme : {rsa_pkcs1_sha1, rsa_pkcs1_sha224, rsa_pkcs1_sha256}) {
    CHECK(fits(rsa, scheme, false));
    CHECK_FALSE(fits(rsa, scheme, true));
  }
  CHECK(fits(rsa, rsa_pss_rsae_sha256, true));
  CHECK_FALSE(fits(rsa, rsa_pss_pss_sha256, true));
  for (const auto scheme : {ecdsa_sha1, ecdsa_sha224, ecdsa_secp384r1_sha384}) {
    CHECK(fits(ec, scheme, false));
    CHECK_FALSE(fits(ec, scheme, true));
  }
  CHECK(fits(ec, ecdsa_secp256r1_sha256, true));
  CHECK_FALSE(fits(ec, ed25519, true));
  CHECK_FALSE(fits(ec, rsa_pss_rsae_sha256, true));
}
