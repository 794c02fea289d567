// Whole handshakes and a record each way over every cipher suite, version and group that mbedTLS is built
// with, by each backend, and with different backends on the two sides.
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <deque>
#include <vector>

#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ciphersuites.h>

#include "config/base/random.h"
#include "tests/tls/crypto/backends.h"
#include "tests/tls/test_identity.h"
#include "tls/sessions/sessions.h"

using namespace mailtap;
using namespace mailtap::tests;

namespace {

using Stream = std::deque<std::uint8_t>;

/// One end, with what it reads from and writes to.
class End {
 public:
  End(int endpoint, mbedtls_ssl_protocol_version version, int suite, std::uint16_t group) {
    mbedtls_ssl_config_init(&config);
    mbedtls_ssl_init(&ssl);
    mbedtls_x509_crt_init(&certificate_);
    mbedtls_pk_init(&key_);
    suites_ = {suite, 0};
    groups_ = {group, 0};
    REQUIRE(mbedtls_ssl_config_defaults(&config, endpoint, MBEDTLS_SSL_TRANSPORT_STREAM,
                                        MBEDTLS_SSL_PRESET_DEFAULT) == 0);
    mbedtls_ssl_conf_rng(&config, random_for_mbedtls, nullptr);
    mbedtls_ssl_conf_authmode(&config, MBEDTLS_SSL_VERIFY_NONE);
    mbedtls_ssl_conf_min_tls_version(&config, version);
    mbedtls_ssl_conf_max_tls_version(&config, version);
    mbedtls_ssl_conf_ciphersuites(&config, suites_.data());
    if (group != 0) mbedtls_ssl_conf_groups(&config, groups_.data());
  }
  ~End() {
    mbedtls_ssl_free(&ssl);
    mbedtls_ssl_config_free(&config);
    mbedtls_x509_crt_free(&certificate_);
    mbedtls_pk_free(&key_);
  }
  End(const End&) = delete;
  End& operator=(const End&) = delete;

  void own(const MadeCertificate& made) {
    REQUIRE(mbedtls_x509_crt_parse_der(&certificate_, made.der.data(), made.der.size()) == 0);
    REQUIRE(mbedtls_pk_parse_key(&key_, made.key.data(), made.key.size(), nullptr, 0, random_for_mbedtls,
                                 nullptr) == 0);
    REQUIRE(mbedtls_ssl_conf_own_cert(&config, &certificate_, &key_) == 0);
  }
  void join(Stream& in, Stream& out) {
    in_ = &in;
    out_ = &out;
    REQUIRE(mbedtls_ssl_setup(&ssl, &config) == 0);
    mbedtls_ssl_set_hostname(&ssl, nullptr);
    mbedtls_ssl_set_bio(&ssl, this, send, receive, nullptr);
  }

  mbedtls_ssl_config config;
  mbedtls_ssl_context ssl;

 private:
  static int send(void* self, const unsigned char* bytes, std::size_t size) {
    auto& out = *static_cast<End*>(self)->out_;
    out.insert(out.end(), bytes, bytes + size);
    return static_cast<int>(size);
  }
  static int receive(void* self, unsigned char* bytes, std::size_t size) {
    auto& in = *static_cast<End*>(self)->in_;
    if (in.empty()) return MBEDTLS_ERR_SSL_WANT_READ;
    std::size_t count = 0;
    for (; count < size && !in.empty(); ++count, in.pop_front()) bytes[count] = in.front();
    return static_cast<int>(count);
  }

  std::array<int, 2> suites_{};
  std::array<std::uint16_t, 2> groups_{};
  mbedtls_x509_crt certificate_;
  mbedtls_pk_context key_;
  Stream* in_ = nullptr;
  Stream* out_ = nullptr;
};

/// 0, or mbedTLS's code of what failed first.
int shake_hands(End& client, crypto::Backend client_backend, End& server, crypto::Backend server_backend) {
  int client_result = MBEDTLS_ERR_SSL_WANT_READ;
  int server_result = MBEDTLS_ERR_SSL_WANT_READ;
  for (int turn = 0; turn < 50 && (client_result != 0 || server_result != 0); ++turn) {
    if (client_result != 0) {
      const WithBackend with(client_backend);
      client_result = mbedtls_ssl_handshake(&client.ssl);
      if (client_result != 0 && client_result != MBEDTLS_ERR_SSL_WANT_READ) return client_result;
    }
    if (server_result != 0) {
      const WithBackend with(server_backend);
      server_result = mbedtls_ssl_handshake(&server.ssl);
      if (server_result != 0 && server_result != MBEDTLS_ERR_SSL_WANT_READ) return server_result;
    }
  }
  return client_result != 0 ? client_result : server_result;
}

bool carries(End& from, crypto::Backend from_backend, End& to, crypto::Backend to_backend,
             const Buffer& text) {
  {
    const WithBackend with(from_backend);
    if (mbedtls_ssl_write(&from.ssl, text.data(), text.size()) != static_cast<int>(text.size())) return false;
  }
  const WithBackend with(to_backend);
  Buffer got(text.size());
  int size = MBEDTLS_ERR_SSL_WANT_READ;
  // A client may first read the server's tickets.
  for (int i = 0;
       i < 4 && (size == MBEDTLS_ERR_SSL_WANT_READ || size == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET);
       ++i)
    size = mbedtls_ssl_read(&to.ssl, got.data(), got.size());
  return size == static_cast<int>(text.size()) && got == text;
}

const MadeCertificate& certificate(KeyType type) {
  static const auto rsa = make_certificate({.key = KeyType::rsa2048, .subject = "CN=m", .extensions = {}});
  static const auto p256 = make_certificate({.key = KeyType::p256, .subject = "CN=m", .extensions = {}});
  return type == KeyType::rsa2048 ? rsa : p256;
}

void check_pair(mbedtls_ssl_protocol_version version, int suite, std::uint16_t group, KeyType key,
                crypto::Backend client_backend, crypto::Backend server_backend) {
  CAPTURE(mbedtls_ssl_get_ciphersuite_name(suite), group, crypto::to_string(client_backend),
          crypto::to_string(server_backend));
  End client(MBEDTLS_SSL_IS_CLIENT, version, suite, group);
  End server(MBEDTLS_SSL_IS_SERVER, version, suite, group);
  server.own(certificate(key));
  Stream to_server;
  Stream to_client;
  client.join(to_client, to_server);
  server.join(to_server, to_client);
  REQUIRE(shake_hands(client, client_backend, server, server_backend) == 0);
  CHECK(mbedtls_ssl_get_ciphersuite_id_from_ssl(&client.ssl) == suite);
  Buffer text(5000);
  REQUIRE(random_bytes(text));
  CHECK(carries(client, client_backend, server, server_backend, text));
  CHECK(carries(server, server_backend, client, client_backend, text));
}

struct Suite {
  int id;
  mbedtls_ssl_protocol_version version;
  KeyType key;
};

/// What our certificates and configuration can agree on: of TLS 1.2, with RSA, DHE-RSA, ECDHE-RSA and
/// ECDHE-ECDSA.
std::vector<Suite> suites() {
  std::vector<Suite> all;
  for (const int* id = mbedtls_ssl_list_ciphersuites(); *id != 0; ++id) {
    const std::string name = mbedtls_ssl_get_ciphersuite_name(*id);
    if (name.starts_with("TLS1-3-"))
      all.push_back({*id, MBEDTLS_SSL_VERSION_TLS1_3, KeyType::p256});
    else if (name.starts_with("TLS-ECDHE-ECDSA-"))
      all.push_back({*id, MBEDTLS_SSL_VERSION_TLS1_2, KeyType::p256});
    else if (name.starts_with("TLS-RSA-") || name.starts_with("TLS-DHE-RSA-") ||
             name.starts_with("TLS-ECDHE-RSA-"))
      all.push_back({*id, MBEDTLS_SSL_VERSION_TLS1_2, KeyType::rsa2048});
  }
  return all;
}

}  // namespace

TEST_CASE("each backend shakes hands with itself and with libcrypto over every cipher suite") {
  REQUIRE(tls::initialise());
  const auto all = suites();
  CHECK(all.size() > 30);
  for (const auto& suite : all)
    for (const auto backend : usable_backends()) {
      // DHE's cost is mbedTLS's numbers, which no backend changes: once is enough.
      const bool dhe = std::string(mbedtls_ssl_get_ciphersuite_name(suite.id)).starts_with("TLS-DHE");
      if (dhe && backend != crypto::Backend::libcrypto) continue;
      check_pair(suite.version, suite.id, 0, suite.key, backend, backend);
      if (!dhe && backend != crypto::Backend::libcrypto)
        check_pair(suite.version, suite.id, 0, suite.key, backend, crypto::Backend::libcrypto);
    }
}

TEST_CASE(
    "each backend agrees on a secret in every group, in both versions, with both kinds of certificate") {
  REQUIRE(tls::initialise());
  constexpr std::uint16_t groups[] = {MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1,
                                      MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1,
                                      MBEDTLS_SSL_IANA_TLS_GROUP_SECP521R1, MBEDTLS_SSL_IANA_TLS_GROUP_X25519,
                                      MBEDTLS_SSL_IANA_TLS_GROUP_X448};
  for (const auto group : groups)
    for (const auto backend : usable_backends()) {
      const bool in_tls12 = group != MBEDTLS_SSL_IANA_TLS_GROUP_X448;  // which mbedTLS has for TLS 1.3 alone
      // The certificate's own curve must be among the groups in TLS 1.2: RSA's has none.
      if (in_tls12)
        check_pair(MBEDTLS_SSL_VERSION_TLS1_2, MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, group,
                   KeyType::rsa2048, backend, backend);
      check_pair(MBEDTLS_SSL_VERSION_TLS1_3, MBEDTLS_TLS1_3_AES_128_GCM_SHA256, group, KeyType::rsa2048,
                 backend, backend);
      check_pair(MBEDTLS_SSL_VERSION_TLS1_3, MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256, group, KeyType::p256,
                 backend, crypto::Backend::libcrypto);
    }
}
