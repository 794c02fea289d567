// Keys that mbedTLS has no code for, or only under TLS 1.2, with libssl on the other side.
#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "certs/model/certificate.h"
#include "certs/model/identity.h"
#include "config/base/random.h"
#include "tests/tls/crypto/backends.h"
#include "tests/tls/pair.h"
#include "tests/tls/peers/conversation.h"
#include "tests/tls/test_identity.h"

using namespace mailtap;
using namespace mailtap::tests;
using tls::Step;
using tls::Version;

namespace {

std::uint16_t number(Version version) {
  return static_cast<std::uint16_t>(version);
}

certs::IdentityPtr identity_of(const std::string& kind) {
  const auto& made = peer_identity(kind);
  return certs::Identity::from_pem(made.certificate, made.key).value();
}

tls::ClientParameters client_of(Version version) {
  tls::ClientParameters parameters;
  parameters.min_version = parameters.max_version = version;
  return parameters;
}

tls::ServerParameters server_of(Version version, certs::IdentityPtr identity) {
  tls::ServerParameters parameters;
  parameters.min_version = parameters.max_version = version;
  parameters.identity = std::move(identity);
  return parameters;
}

/// What a TLS 1.2 client has to list for an ECDSA key (RFC 8422 section 5.1); 0: its own choice.
std::uint16_t curve_of(const std::string& kind) {
  if (kind == "brainpoolP256r1") return 0x001A;
  if (kind == "brainpoolP384r1") return 0x001B;
  if (kind == "secp256k1") return 0x0016;
  if (kind == "secp224r1") return 0x0015;
  return kind == "brainpoolP512r1" ? 0x001C : 0;
}

/// libssl 3.0 has brainpool's curves under TLS 1.2 alone, where everybody has secp256k1 and P-224.
bool libssl_speaks(const std::string& kind, Version version) {
  return version == Version::tls12 || !(kind.starts_with("brainpool") || kind.starts_with("secp"));
}

}  // namespace

TEST_CASE("servers with keys of any kind are spoken with, and their chains are known") {
  REQUIRE(tls::initialise());
  const std::string kind = GENERATE("ed25519", "ed448", "rsa-pss2048", "brainpoolP256r1", "brainpoolP384r1",
                                    "brainpoolP512r1", "secp256k1", "secp224r1", "rsa16384");
  for (const auto version : {Version::tls12, Version::tls13}) {
    if (!libssl_speaks(kind, version)) continue;
    CAPTURE(kind, number(version));
    PeerParameters theirs;
    theirs.is_server = true;
    theirs.version = number(version);
    theirs.identity = &peer_identity(kind);
    const auto context = openssl_peer(theirs);
    REQUIRE(context);
    Conversation conversation(tls::make_client_session(client_of(version)), (*context)->connect(false));
    conversation.shake_hands();
    INFO(conversation.failure());
    REQUIRE(conversation.established());
    CHECK(conversation.exchange(/*we_are_client=*/true) == "");
    CHECK(conversation.ours().peer_chain().size() == 1);
  }
}

TEST_CASE("a key of RSA that is longer than mbedTLS's numbers encrypts a static exchange") {
  const auto chain = peer_identity("rsa16384").certificate;
  mbedtls_x509_crt certificate;
  mbedtls_x509_crt_init(&certificate);
  REQUIRE(mbedtls_x509_crt_parse(&certificate, as_bytes(chain).data(), chain.size() + 1) == 0);
  const std::array<unsigned char, 48> secret{3, 3};
  std::array<unsigned char, 2048> encrypted{};
  std::size_t size = 0;
  CHECK(mbedtls_pk_can_do(&certificate.pk, MBEDTLS_PK_RSA) == 1);
  CHECK(mbedtls_pk_get_bitlen(&certificate.pk) == 16384);
  CHECK(mbedtls_pk_encrypt(&certificate.pk, secret.data(), secret.size(), encrypted.data(), &size,
                           encrypted.size(), random_for_mbedtls, nullptr) == 0);
  CHECK(size == 2048);
  mbedtls_x509_crt_free(&certificate);
}

TEST_CASE("a certificate of ours may have a key of any kind") {
  REQUIRE(tls::initialise());
  const std::string kind = GENERATE("ed25519", "ed448", "rsa-pss2048", "brainpoolP256r1", "brainpoolP384r1",
                                    "brainpoolP512r1", "secp256k1", "secp224r1");
  for (const auto version : {Version::tls12, Version::tls13}) {
    if (!libssl_speaks(kind, version)) continue;
    CAPTURE(kind, number(version));
    PeerParameters theirs;
    theirs.version = number(version);
    theirs.group = curve_of(kind);
    const auto context = openssl_peer(theirs);
    REQUIRE(context);
    Conversation conversation(tls::make_server_session(server_of(version, identity_of(kind))),
                              (*context)->connect(false));
    conversation.shake_hands();
    INFO(conversation.failure());
    REQUIRE(conversation.established());
    CHECK(conversation.exchange(/*we_are_client=*/false) == "");
  }
}

TEST_CASE("brainpool's curves sign TLS 1.3 by their own schemes, between two of ours") {
  const std::string kind = GENERATE("brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1");
  Pair pair(client_of(Version::tls13), server_of(Version::tls13, identity_of(kind)));
  pair.shake_hands();
  INFO(pair.client->failure().detail + pair.server->failure().detail);
  CHECK(pair.established());
}

TEST_CASE("a client that doesn't list the key's scheme is refused, in both versions") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  REQUIRE(tls::initialise());
  PeerParameters theirs;
  theirs.version = number(version);
  theirs.signature_algorithm = 0x0403;
  const auto context = openssl_peer(theirs);
  REQUIRE(context);
  Conversation conversation(tls::make_server_session(server_of(version, identity_of("ed25519"))),
                            (*context)->connect(false));
  conversation.shake_hands();
  CHECK_FALSE(conversation.established());
  CHECK(conversation.ours().failure().alert == 40);
}

TEST_CASE("a signature of EdDSA or RSASSA-PSS that was changed on its way is noticed") {
  const std::string kind = GENERATE("ed25519", "ed448", "rsa-pss2048");
  Pair pair(client_of(Version::tls12), server_of(Version::tls12, identity_of(kind)));
  pair.on_the_way_to_client = [](Buffer& bytes) {
    // The last byte of the record that ServerKeyExchange has for itself.
    for (std::size_t at = 0; at + 6 < bytes.size();) {
      const std::size_t size = bytes[at + 3] << 8 | bytes[at + 4];
      if (bytes[at] == 22 && bytes[at + 5] == 12) bytes[at + 5 + size - 1] ^= 1;
      at += 5 + size;
    }
  };
  pair.shake_hands();
  CHECK(pair.client_step == Step::failed);
  CHECK(pair.client->failure().alert == 51);
}

TEST_CASE("a key that doesn't belong to the certificate is refused, whatever their kinds") {
  const auto& certificate = peer_identity("ed25519").certificate;
  for (const auto* kind : {"ed448", "rsa-pss2048", "secp256r1"}) {
    const auto identity = certs::Identity::from_pem(certificate, peer_identity(kind).key);
    REQUIRE_FALSE(identity);
    CHECK(identity.error().message.find("doesn't belong") != std::string::npos);
  }
}

TEST_CASE("a server's key that nothing here computes with is named, and its chain is known") {
  const auto version = GENERATE(Version::tls12);
  Pair pair(client_of(version), server_of(version, make_identity()));
  pair.on_the_way_to_client = [](Buffer& bytes) {
    // id-ecPublicKey, of which another object identifier is made.
    const Buffer oid{0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
    const auto found = std::search(bytes.begin(), bytes.end(), oid.begin(), oid.end());
    if (found != bytes.end()) found[static_cast<std::ptrdiff_t>(oid.size()) - 1] = 0x09;
  };
  pair.shake_hands();
  CHECK(pair.client_step == Step::failed);
  CHECK(pair.client->failure().alert == 43);
  CHECK(pair.client->failure().detail ==
        "the server's certificate has a key that mailtap can't check a handshake by: algorithm "
        "1.2.840.10045.2.9");
  CHECK(pair.client->peer_chain().size() == 1);
}
