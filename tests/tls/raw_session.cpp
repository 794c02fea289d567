#include "tests/tls/raw_session.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "certs/model/identity.h"
#include "tests/tls/test_identity.h"
#include "tls/engine/policy.h"
#include "tls/wire.h"

extern "C" {
// mbedTLS's and ours, for what is compiled with it.
int mbedtls_ssl_write_record(mbedtls_ssl_context* ssl, int force_flush);
int mailtap_go_on_with_next_key(mbedtls_ssl_context* ssl, int outgoing);
}

namespace mailtap::tests {

RawSession::RawSession(tls::Sender role, tls::Version version, certs::IdentityPtr identity,
                       std::vector<std::uint16_t> groups)
    : MbedtlsSession(role, {}), identity_(std::move(identity)), groups_(std::move(groups)) {
  const bool is_server = role == tls::Sender::server;
  REQUIRE(tls::configure(config_, is_server ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT, version,
                         version) == 0);
  if (is_server && !identity_) identity_ = make_identity();
  if (identity_) REQUIRE(mbedtls_ssl_conf_own_cert(&config_, identity_->chain(), identity_->key()) == 0);
  if (!groups_.empty()) {
    groups_.push_back(MBEDTLS_SSL_IANA_TLS_GROUP_NONE);
    mbedtls_ssl_conf_groups(&config_, groups_.data());
  }
  REQUIRE(set_up() == 0);
}

void RawSession::send_record(std::uint8_t type, Bytes content) {
  REQUIRE(provide_buffers());
  ssl_.MBEDTLS_PRIVATE(out_msgtype) = type;
  ssl_.MBEDTLS_PRIVATE(out_msglen) = content.size();
  std::copy(content.begin(), content.end(), ssl_.MBEDTLS_PRIVATE(out_msg));
  REQUIRE(mbedtls_ssl_write_record(&ssl_, 1) == 0);
}

void RawSession::send_key_update(bool requested, bool in_pieces) {
  const Buffer message{tls::wire::key_update, 0, 0, 1, static_cast<std::uint8_t>(requested ? 1 : 0)};
  if (in_pieces)
    for (const auto& byte : message) send_record(tls::wire::handshake, {&byte, 1});
  else
    send_record(tls::wire::handshake, message);
  go_on_with_next_key();
}

void RawSession::go_on_with_next_key() {
  REQUIRE(mailtap_go_on_with_next_key(&ssl_, 1) == 0);
}

std::size_t RawSession::write_early_data(std::size_t bytes) {
  mbedtls_ssl_conf_early_data(&config_, MBEDTLS_SSL_EARLY_DATA_ENABLED);
  const Buffer data(16'000, 'e');
  std::size_t written = 0;
  while (written < bytes) {
    const int size = mbedtls_ssl_write_early_data(&ssl_, data.data(), std::min(data.size(), bytes - written));
    if (size <= 0) break;
    written += static_cast<std::size_t>(size);
  }
  return written;
}

void RawSession::resume(const tls::SavedSession& saved, std::uint32_t max_early_data) {
  mbedtls_ssl_session session;
  mbedtls_ssl_session_init(&session);
  REQUIRE(mbedtls_ssl_session_load(&session, saved.state.data(), saved.state.size()) == 0);
  session.MBEDTLS_PRIVATE(ticket_flags) |= MBEDTLS_SSL_TLS1_3_TICKET_ALLOW_EARLY_DATA;
  session.MBEDTLS_PRIVATE(max_early_data_size) = max_early_data;
  REQUIRE(mbedtls_ssl_set_session(&ssl_, &session) == 0);
  mbedtls_ssl_session_free(&session);
}

void RawSession::give_foreign_tickets() {
  const auto write = [](void*, const mbedtls_ssl_session*, unsigned char* start, const unsigned char*,
                        std::size_t* size, std::uint32_t* lifetime) {
    *size = 200;
    std::fill_n(start, *size, 't');
    *lifetime = 3600;
    return 0;
  };
  const auto parse = [](void*, mbedtls_ssl_session*, unsigned char*, std::size_t) {
    return MBEDTLS_ERR_SSL_INVALID_MAC;
  };
  mbedtls_ssl_conf_early_data(&config_, MBEDTLS_SSL_EARLY_DATA_ENABLED);
  mbedtls_ssl_conf_session_tickets_cb(&config_, write, parse, nullptr);
}

void RawSession::ask_for_renegotiation() {
  mbedtls_ssl_conf_renegotiation(&config_, MBEDTLS_SSL_RENEGOTIATION_ENABLED);
  REQUIRE(provide_buffers());
  REQUIRE(mbedtls_ssl_renegotiate(&ssl_) == 0);
}

void RawSession::limit_suite(int suite) {
  suites_ = {suite, 0};
  mbedtls_ssl_conf_ciphersuites(&config_, suites_.data());
}

RawPeers::RawPeers(tls::Sender raw_role, const RawPeersOptions& options) {
  auto made = std::make_unique<RawSession>(raw_role, options.version);
  raw = made.get();
  if (options.suite != 0) made->limit_suite(options.suite);
  tls::ClientParameters client;
  tls::ServerParameters server;
  server.identity = make_identity();
  client.min_version = client.max_version = server.min_version = server.max_version = options.version;
  client.records_per_key = server.records_per_key = options.records_per_key;
  if (raw_role == tls::Sender::client)
    pair.emplace(std::move(made), tls::make_server_session(std::move(server)));
  else
    pair.emplace(tls::make_client_session(std::move(client)), std::move(made));
  ours = raw_role == tls::Sender::client ? pair->server.get() : pair->client.get();
  pair->shake_hands();
  REQUIRE(pair->established());
}

}  // namespace mailtap::tests
