#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/tls/pair.h"
#include "tests/tls/test_identity.h"
#include "tls/alert.h"

using namespace mailtap;
using namespace mailtap::tests;
using tls::Step;
using tls::Version;

namespace {

tls::ClientParameters client_of(Version version) {
  tls::ClientParameters parameters;
  parameters.sni = "mail.example";
  parameters.min_version = version;
  parameters.max_version = version;
  return parameters;
}

tls::ServerParameters server_with(certs::IdentityPtr identity) {
  tls::ServerParameters parameters;
  parameters.identity = std::move(identity);
  return parameters;
}


}  // namespace

TEST_CASE("both versions, key types and segmentations agree and carry bytes both ways") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  const auto key = GENERATE(KeyType::p256, KeyType::rsa2048);
  const auto segments = GENERATE(Segments::whole, Segments::one_byte);
  const auto identity = make_identity({.key = key, .subject = "CN=mail.example", .extensions = {}});
  Pair pair(client_of(version), server_with(identity), segments);
  pair.shake_hands();
  REQUIRE(pair.established());

  for (auto* session : {pair.client.get(), pair.server.get()}) {
    const auto& agreed = session->agreed();
    CHECK(agreed.version == (version == Version::tls12 ? "TLSv1.2" : "TLSv1.3"));
    CHECK(agreed.group == "x25519");
    if (version == Version::tls13)
      CHECK(agreed.cipher == "TLS_AES_128_GCM_SHA256");
    else
      CHECK(agreed.cipher == (key == KeyType::p256 ? "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
                                                   : "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"));
    CHECK(agreed.alpn.empty());
    CHECK_FALSE(agreed.resumed);
  }
  REQUIRE(pair.client->peer_chain().size() == 1);
  CHECK(pair.client->peer_chain()[0] ==
        Buffer(identity->chain()->raw.p, identity->chain()->raw.p + identity->chain()->raw.len));
  CHECK(pair.server->peer_chain().empty());

  CHECK(pair.client->write(as_bytes("GET / HTTP/1.1\r\n\r\n")) == Step::done);
  pair.carry();
  CHECK(read_all(*pair.server) == "GET / HTTP/1.1\r\n\r\n");
  CHECK(pair.server->write(as_bytes("HTTP/1.1 200 OK\r\n\r\n")) == Step::done);
  pair.carry();
  CHECK(read_all(*pair.client) == "HTTP/1.1 200 OK\r\n\r\n");
}
