// Which kind of key a client can be shown.
#include "proxy/connection/presenting.h"

#include <catch2/catch_test_macros.hpp>

#include "tls/numbers.h"

namespace mailtap::proxy {

using namespace tls::suite;

TEST_CASE("ECDSA suites that no engine has count for nothing") {
  tls::ClientHello hello;
  hello.legacy_version = tls::version::tls12;
  hello.signature_algorithms = {tls::signature::ecdsa_secp256r1_sha256, tls::signature::rsa_pkcs1_sha256};
  hello.groups = {tls::group::secp256r1};
  for (const auto dead : {TLS_ECDHE_ECDSA_WITH_RC4_128_SHA, TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA}) {
    hello.cipher_suites = {dead, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256};
    CHECK(lacks_ecdsa(hello));
    CHECK_FALSE(verifies_ecdsa(hello));
    CHECK_FALSE(lacks_rsa(hello));
    hello.cipher_suites.push_back(TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA);
    CHECK(verifies_ecdsa(hello));
  }
}

TEST_CASE("a client of TLS 1.2 without P-256 isn't shown a certificate on it, if it has RSA") {
  tls::ClientHello hello;
  hello.legacy_version = tls::version::tls12;
  hello.signature_algorithms = {tls::signature::ecdsa_secp256r1_sha256, tls::signature::rsa_pkcs1_sha256};
  hello.cipher_suites = {TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256};
  CHECK_FALSE(verifies_ecdsa(hello));
  hello.groups = {tls::group::secp384r1};
  CHECK_FALSE(verifies_ecdsa(hello));
  hello.groups.push_back(tls::group::secp256r1);
  CHECK(verifies_ecdsa(hello));
  hello.groups = {tls::group::x25519};
  hello.supported_versions = {tls::version::tls13, tls::version::tls12};
  CHECK(verifies_ecdsa(hello));
}

}  // namespace mailtap::proxy
