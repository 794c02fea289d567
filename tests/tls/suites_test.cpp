// Every cipher suite that a session may agree on carries records, by each backend, in both roles. The other
// side is libssl: a fault that both of our sides have would cancel out.
#include <array>
#include <catch2/catch_test_macros.hpp>

#include "certs/model/identity.h"
#include "tests/tls/crypto/backends.h"
#include "tests/tls/pair.h"
#include "tests/tls/peers/conversation.h"
#include "tests/tls/peers/tables.h"
#include "tests/tls/test_identity.h"
#include "tls/names.h"

using namespace mailtap;
using namespace mailtap::tests;
using tls::Version;

namespace {

using MakePeer = Result<std::unique_ptr<PeerContext>> (*)(const PeerParameters&);

/// Empty: both sides agreed on it, and all that was written arrived.
std::string speak(Version version, std::uint16_t suite, bool we_are_client, MakePeer make = openssl_peer,
                  bool old_suites = false) {
  const auto name = tls::cipher_suite_name(suite);
  const auto& identity = peer_identity(name.find("ECDSA") != std::string::npos ? "secp256r1" : "rsa2048");
  PeerParameters theirs;
  theirs.is_server = we_are_client;
  theirs.version = static_cast<std::uint16_t>(version);
  theirs.cipher_suite = suite;
  theirs.identity = we_are_client ? &identity : nullptr;
  const auto context = make(theirs);
  if (!context) return context.error().message;

  std::unique_ptr<tls::Session> ours;
  if (we_are_client) {
    tls::ClientParameters parameters;
    parameters.min_version = parameters.max_version = version;
    parameters.old_suites = old_suites;
    ours = tls::make_client_session(std::move(parameters));
  } else {
    tls::ServerParameters parameters;
    parameters.identity = certs::Identity::from_pem(identity.certificate, identity.key).value();
    parameters.min_version = parameters.max_version = version;
    parameters.old_suites = old_suites;
    ours = tls::make_server_session(std::move(parameters));
  }
  Conversation conversation(std::move(ours), (*context)->connect(/*resume=*/false));
  conversation.shake_hands();
  if (!conversation.established()) return conversation.failure();
  const auto agreed = tls::cipher_suite_name(conversation.ours().agreed().cipher_suite);
  if (agreed != name) return "agreed on " + agreed;
  return conversation.exchange(we_are_client);
}

}  // namespace

TEST_CASE("every suite of the policy carries records to and from libssl, by each backend, in both roles") {
  REQUIRE(tls::initialise());
  const auto suites = policy_tables().cipher_suites;
  CHECK(suites.size() >= 60);
  for (const auto backend : usable_backends()) {
    const WithBackend with(backend);
    for (const auto suite : suites)
      for (const bool we_are_client : {true, false}) {
        const auto version = is_tls13_suite(suite) ? Version::tls13 : Version::tls12;
        const auto name = tls::cipher_suite_name(suite);
        CAPTURE(crypto::to_string(backend), name, we_are_client);
        const auto problem = speak(version, suite, we_are_client);
        // GnuTLS speaks those in the matrix.
        const bool is_foreign_to_openssl =
            name.find("_CAMELLIA_") != std::string::npos && name.find("_GCM_") != std::string::npos;
        if (!is_foreign_to_openssl || problem.find("has no") == std::string::npos) CHECK(problem == "");
      }
  }
}

TEST_CASE("3DES in TLS 1.2 is spoken where old suites are asked for, and nowhere else") {
  REQUIRE(tls::initialise());
  const auto& usual = tls::own_abilities().cipher_suites;
  auto old = tls::own_abilities(/*old_suites=*/true).cipher_suites;
  REQUIRE(std::equal(usual.begin(), usual.end(), old.begin(),
                     old.begin() + static_cast<std::ptrdiff_t>(usual.size())));
  old.erase(old.begin(), old.begin() + static_cast<std::ptrdiff_t>(usual.size()));
  CHECK(old.size() == 4);
  for (const auto suite : old)
    for (const bool we_are_client : {true, false}) {
      CAPTURE(tls::cipher_suite_name(suite), we_are_client);
      const auto problem = speak(Version::tls12, suite, we_are_client, gnutls_peer, true);
      if (problem.find("no GnuTLS") != std::string::npos) SKIP(problem);
      CHECK(problem == "");
      CHECK(speak(Version::tls12, suite, we_are_client, gnutls_peer, false) != "");
    }
}

TEST_CASE("a restricted session agrees on what it is restricted to, in either role") {
  REQUIRE(tls::initialise());
  static constexpr std::array suites{
      static_cast<int>(tls::CipherSuite::TLS_AES_256_GCM_SHA384),
      static_cast<int>(tls::CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384), 0};
  static constexpr std::array<std::uint16_t, 2> groups{static_cast<std::uint16_t>(tls::Group::secp256r1), 0};
  for (const auto version : {Version::tls12, Version::tls13})
    for (const bool is_client : {true, false}) {
      tls::ClientParameters client;
      tls::ServerParameters server;
      client.min_version = client.max_version = version;
      server.identity = make_identity({.key = KeyType::p256, .subject = "CN=m", .extensions = {}});
      (is_client ? client.only : server.only) =
          tls::Restriction{.cipher_suites = suites.data(), .groups = groups.data()};
      Pair pair(std::move(client), std::move(server));
      pair.shake_hands();
      CAPTURE(version, is_client);
      REQUIRE(pair.established());
      CHECK(pair.client->agreed().cipher_suite ==
            (version == Version::tls13 ? tls::CipherSuite::TLS_AES_256_GCM_SHA384
                                       : tls::CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384));
      CHECK(pair.client->agreed().group == tls::Group::secp256r1);
    }
}

TEST_CASE("every suite of the old engine carries records to and from libssl, where that has it") {
  REQUIRE(tls::initialise());
  const auto suites = legacy_cipher_suites();
  CHECK(suites.size() >= 5);
  for (const auto backend : usable_backends()) {
    const WithBackend with(backend);
    for (const auto suite : suites)
      for (const auto version : {Version::tls10, Version::tls11})
        for (const bool we_are_client : {true, false}) {
          CAPTURE(crypto::to_string(backend), tls::cipher_suite_name(suite), we_are_client);
          const auto problem = speak(version, suite, we_are_client);
          // RC4 and 3DES, which distributions' libssl is built without: GnuTLS speaks them in the matrix.
          if (problem.find("has no") == std::string::npos) CHECK(problem == "");
        }
  }
}
