// What the client is answered where it hangs on the server's answer: as the server would have answered it.
#include "proxy/connection/client_terms.h"

#include <catch2/catch_test_macros.hpp>

#include "certs/issue/presenter.h"
#include "inspect/record.h"
#include "lab.h"
#include "tests/tls/test_identity.h"
#include "tls/alert.h"

using namespace mailtap;
using namespace mailtap::proxy;
using namespace mailtap::proxy::test;
using tls::Version;

namespace {

/// One RSA certificate, at hand.
class RsaPresenter final : public certs::Presenter {
 public:
  bool needs_upstream_chain() const override { return false; }
  certs::IdentityPtr present_at_once(const certs::PresentationRequest&) override { return identity_; }
  Result<certs::IdentityPtr> present(const certs::PresentationRequest&) override { return identity_; }

 private:
  certs::IdentityPtr identity_ = tests::make_identity({.key = tests::KeyType::rsa2048, .extensions = {}});
};

/// Both certificates are of RSA.
struct RsaLab : Lab {
  RsaLab() {
    server_identity = tests::make_identity({.key = tests::KeyType::rsa2048, .extensions = {}});
    presenter = std::make_shared<RsaPresenter>();
  }
};

}  // namespace

TEST_CASE("a client that fell back to TLS 1.2 is served before a server that has nothing newer") {
  for (const auto hello : {config::UpstreamHello::mirror, config::UpstreamHello::own}) {
    RsaLab lab;
    lab.route.hello = hello;
    lab.client_tls.max_version = lab.server_tls.max_version = Version::tls12;
    lab.client_tls.is_fallback = true;
    lab.begin();
    CHECK(lab.client.is_established());
    lab.close_in_order();
    CHECK(lab.reason() == "closed");
    CHECK(lab.record.downstream.version == Version::tls12);
  }
}

TEST_CASE("a client that fell back to TLS 1.2 before a server with TLS 1.3 is refused as the server would") {
  for (const auto hello : {config::UpstreamHello::mirror, config::UpstreamHello::own}) {
    RsaLab lab;
    lab.route.hello = hello;
    lab.client_tls.max_version = Version::tls12;
    lab.client_tls.is_fallback = true;
    lab.begin();
    CHECK(lab.client.alert() == tls::alert::inappropriate_fallback);
    CHECK(lab.dialled == 1);
    CHECK(lab.record.ending.reason == inspect::Reason::downstream_handshake_failed);
    CHECK(lab.record.ending.side == inspect::Side::downstream);
    CHECK_FALSE(inspect::is_server_down(lab.record.ending.reason, lab.record.ending.side));
    const std::string server = hello == config::UpstreamHello::mirror
                                   ? "has something newer, and refused it (inappropriate_fallback)"
                                   : "speaks TLS 1.3";
    CHECK(lab.detail() ==
          "the client has fallen back to TLS 1.2, as after an attack on its newer hello; the server " +
              server);
  }
}

TEST_CASE(
    "a client that fell back to TLS 1.0 is served before a server that has nothing newer, and no other") {
  for (const bool is_old : {true, false}) {
    RsaLab lab;
    lab.route.legacy_tls = {true, true, false};
    lab.client_tls.min_version = lab.client_tls.max_version = Version::tls10;
    lab.client_tls.is_fallback = true;
    if (is_old) {
      lab.server_tls.min_version = Version::tls10;
      lab.server_tls.max_version = Version::tls10;
    }
    lab.begin();
    CHECK(lab.client.is_established() == is_old);
    if (is_old) {
      lab.close_in_order();
      CHECK(lab.record.downstream.version == Version::tls10);
    } else {
      CHECK(lab.client.alert() == tls::alert::inappropriate_fallback);
      CHECK(lab.detail() ==
            "the client has fallen back to TLS 1.0, as after an attack on its newer hello; the server speaks "
            "TLS 1.3");
    }
  }
}

TEST_CASE("a client that fell back to what the route doesn't allow is told that there is something newer") {
  RsaLab lab;
  lab.client_tls.min_version = lab.client_tls.max_version = Version::tls11;
  lab.client_tls.is_fallback = true;
  lab.begin();
  CHECK(lab.client.alert() == tls::alert::inappropriate_fallback);
}

TEST_CASE("the client's leg comes to the version that the server has chosen") {
  for (const auto version : {Version::tls12, Version::tls13}) {
    RsaLab lab;
    lab.server_tls.max_version = version;
    lab.client_tls.alpn = {"imap"};  // so that the server is waited for
    lab.begin();
    REQUIRE(lab.client.is_established());
    lab.close_in_order();
    CHECK(lab.record.downstream.version == version);
  }
}

TEST_CASE("a client whose signature algorithms are those of TLS 1.2 alone is served with that") {
  constexpr std::uint16_t pkcs1[] = {tls::signature::rsa_pkcs1_sha256, 0};
  for (const bool waits : {false, true}) {
    RsaLab lab;
    lab.client_tls.only.signature_algorithms = pkcs1;
    lab.server_tls.max_version = Version::tls12;
    if (waits) lab.client_tls.alpn = {"imap"};
    lab.begin();
    CHECK(lab.client.is_established());
    lab.close_in_order();
    CHECK(lab.record.downstream.version == Version::tls12);
  }
}

TEST_CASE("a client of TLS 1.2 that lists no groups gets the key exchange that its server has chosen") {
  constexpr int suites[] = {tls::suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
                            tls::suite::TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, 0};
  constexpr int dhe[] = {tls::suite::TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, 0};
  RsaLab lab;
  lab.client_tls.max_version = Version::tls12;
  lab.client_tls.only.cipher_suites = suites;
  lab.client_tls.only.without_groups = true;
  lab.server_tls.only.cipher_suites = dhe;
  lab.begin();
  REQUIRE(lab.client.is_established());
  lab.close_in_order();
  CHECK(lab.record.downstream.cipher_suite == tls::suite::TLS_DHE_RSA_WITH_AES_128_GCM_SHA256);
}

TEST_CASE("the key that a client is shown goes with the version that it is held to") {
  // With TLS 1.3 it would take ECDSA's, with TLS 1.2 it has suites of RSA's alone.
  tls::ClientHello hello;
  hello.legacy_version = Version::tls12;
  hello.supported_versions = {Version::tls13, Version::tls12};
  hello.cipher_suites = {tls::suite::TLS_AES_128_GCM_SHA256,
                         tls::suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256};
  hello.signature_algorithms = {tls::signature::ecdsa_secp256r1_sha256, tls::signature::rsa_pss_rsae_sha256};
  inspect::Leg server;
  CHECK(newest_version(hello, server) == Version::tls13);
  server.version = Version::tls12;
  CHECK(newest_version(hello, server) == Version::tls12);
  const auto ecdsa = tests::make_identity();
  const auto rsa = tests::make_identity({.key = tests::KeyType::rsa2048, .extensions = {}});
  CHECK(is_held_to_tls12(hello, Version::tls12, *rsa));
  CHECK_FALSE(is_held_to_tls12(hello, Version::tls12, *ecdsa));
  CHECK_FALSE(is_held_to_tls12(hello, Version::tls13, *rsa));
  hello.supported_versions = {Version::tls13};
  CHECK(newest_version(hello, server) == Version::tls13);

  // Who has nothing newer is told by our random that we have, but where it fell back for a good reason.
  hello.supported_versions.clear();
  CHECK_FALSE(is_held_to_tls12(hello, Version::tls12, *rsa));
  hello.cipher_suites.push_back(tls::suite::TLS_FALLBACK_SCSV);
  CHECK(is_held_to_tls12(hello, Version::tls12, *rsa));
}

TEST_CASE("what mailtap has nothing of is named") {
  const auto identity = tests::make_identity();
  tls::ClientHello hello;
  hello.cipher_suites = {tls::suite::TLS_DH_anon_WITH_AES_128_CBC_SHA, 0x0A0A,
                         tls::suite::TLS_EMPTY_RENEGOTIATION_INFO_SCSV};
  CHECK(nothing_in_common(hello, *identity) ==
        "mailtap has none of its cipher suites: TLS_DH_anon_WITH_AES_128_CBC_SHA");
  hello.cipher_suites = {tls::suite::TLS_RSA_WITH_3DES_EDE_CBC_SHA};
  CHECK(nothing_in_common(hello, *identity) ==
        "mailtap has none of its cipher suites: TLS_RSA_WITH_3DES_EDE_CBC_SHA; 3DES is allowed with "
        "legacy-tls = true (--legacy-tls)");
  CHECK(nothing_in_common(hello, *identity, /*old_suites=*/true).empty());
  hello.cipher_suites.push_back(tls::suite::TLS_AES_128_GCM_SHA256);
  hello.groups = {0x0001};
  CHECK(nothing_in_common(hello, *identity).starts_with("mailtap has none of its groups: "));
  hello.groups.push_back(tls::group::x25519);
  CHECK(nothing_in_common(hello, *identity).empty());
  hello.legacy_version = tls::version::tls12;
  hello.groups = {0x0001, tls::group::ffdhe6144, tls::group::ffdhe8192};
  CHECK(nothing_in_common(hello, *identity) ==
        "mailtap has none of its finite field groups in TLS 1.2: ffdhe6144, ffdhe8192");
  hello.groups = {tls::group::x25519, tls::group::ffdhe8192};
  CHECK(nothing_in_common(hello, *identity).empty());
  hello.signature_algorithms = {tls::signature::rsa_pss_rsae_sha256};
  CHECK(nothing_in_common(hello, *identity) ==
        "none of its signature algorithms goes with the certificate's key (EC P-256): rsa_pss_rsae_sha256");
}

TEST_CASE("what of a client's offer mailtap lacks is named, suites first") {
  tls::ClientHello hello;
  hello.cipher_suites = {tls::suite::TLS_AES_128_GCM_SHA256, 0x0A0A, tls::suite::TLS_FALLBACK_SCSV};
  hello.groups = {tls::group::x25519, 0x1A1A};
  hello.signature_algorithms = {tls::signature::rsa_pss_rsae_sha256, 0x0402};  // DSA
  CHECK(beyond_mailtap(hello).empty());
  hello.groups.push_back(0x0009);
  hello.cipher_suites.push_back(tls::suite::TLS_RSA_WITH_3DES_EDE_CBC_SHA);
  const std::string beyond = "it may insist on what the client offers and mailtap lacks: ";
  CHECK(
      beyond_mailtap(hello) ==
      beyond +
          "TLS_RSA_WITH_3DES_EDE_CBC_SHA, sect283k1; 3DES is allowed with legacy-tls = true (--legacy-tls)");
  CHECK(beyond_mailtap(hello, /*old_suites=*/true) == beyond + "sect283k1");
}
