#include <algorithm>
#include <utility>

#include "certs/model/identity.h"
#include "tls/engine/mbedtls_session.h"
#include "tls/engine/policy.h"
#include "tls/legacy/sessions.h"
#include "tls/mbedtls/signature_schemes.h"
#include "tls/sessions/sessions.h"
#include "tls/sessions/tickets.h"

namespace mailtap::tls {

namespace {

class ServerSession final : public MbedtlsSession {
 public:
  explicit ServerSession(ServerParameters parameters)
      : MbedtlsSession(Sender::server, std::move(parameters.keylog), std::move(parameters.batching)),
        parameters_(std::move(parameters)) {
    begin(configure_server());
  }
  ~ServerSession() override { abandon_handshake(); }

  bool ask_for_certificate() override;

 private:
  int configure_server();
  void on_client_hello(const ClientHello& hello) override;
  std::uint16_t newest_version() const override {
    return static_cast<std::uint16_t>(parameters_.max_version);
  }
  std::string ticket_context() const;

  static int write_ticket(void* server, const mbedtls_ssl_session* session, unsigned char* start,
                          const unsigned char* end, std::size_t* size, std::uint32_t* lifetime);
  static int parse_ticket(void* server, mbedtls_ssl_session* session, unsigned char* ticket,
                          std::size_t size);

  ServerParameters parameters_;
  std::vector<int> suites_;                 // as mbedTLS reads them; empty: the policy's own
  bool client_may_be_asked_later_ = false;  // TLS 1.3: it says so in its hello
};

int ServerSession::configure_server() {
  int failure = configure(config_, MBEDTLS_SSL_IS_SERVER, parameters_.min_version, parameters_.max_version,
                          parameters_.only, parameters_.old_suites);
  if (failure == 0 && parameters_.only.groups == nullptr) {
    // Those that the client has; its order counts.
    static const auto groups = groups_after({group::X25519MLKEM768, group::SecP256r1MLKEM768}, config_);
    mbedtls_ssl_conf_groups(&config_, groups.data());
  }
  if (parameters_.preferred_suite != CipherSuite::TLS_NULL_WITH_NULL_NULL) {
    suites_ = suites_after(parameters_.preferred_suite, config_);
    mbedtls_ssl_conf_ciphersuites(&config_, suites_.data());
  }
  if (failure == 0)
    failure = mbedtls_ssl_conf_own_cert(&config_, parameters_.identity->chain(), parameters_.identity->key());
  if (parameters_.ask_client_certificate) mbedtls_ssl_conf_authmode(&config_, MBEDTLS_SSL_VERIFY_OPTIONAL);
  if (failure == 0 && parameters_.tickets)
    mbedtls_ssl_conf_session_tickets_cb(&config_, write_ticket, parse_ticket, this);
  if (failure == 0) failure = set_up();
  limit_records_per_key(ssl_, parameters_.records_per_key);
  return failure;
}

/// mbedTLS refuses a client with whom it has no protocol in common; RFC 7301 leaves us the choice, and a
/// relay's is to go on as if the client hadn't asked.
void ServerSession::on_client_hello(const ClientHello& hello) {
  const bool in_common = std::any_of(hello.alpn.begin(), hello.alpn.end(), [&](const std::string& offered) {
    return std::find(parameters_.alpn.begin(), parameters_.alpn.end(), offered) != parameters_.alpn.end();
  });
  if (in_common) set_alpn(parameters_.alpn);
  client_may_be_asked_later_ = std::find(hello.extensions.begin(), hello.extensions.end(),
                                         extension::post_handshake_auth) != hello.extensions.end();
}

/// A client that is asked to renegotiate and doesn't wish to goes on as if it hadn't been asked.
bool ServerSession::ask_for_certificate() {
  if (!established()) return false;
  const bool is_tls13 = mbedtls_ssl_get_version_number(&ssl_) == MBEDTLS_SSL_VERSION_TLS1_3;
  const bool may_ask = is_tls13
                           ? client_may_be_asked_later_
                           : ssl_.MBEDTLS_PRIVATE(secure_renegotiation) == MBEDTLS_SSL_SECURE_RENEGOTIATION;
  if (!may_ask) return false;
  mbedtls_ssl_conf_authmode(&config_, MBEDTLS_SSL_VERIFY_OPTIONAL);
  if (is_tls13) return call_between_reads(mailtap_request_certificate);
  mbedtls_ssl_conf_renegotiation(&config_, MBEDTLS_SSL_RENEGOTIATION_ENABLED);
  mbedtls_ssl_conf_renegotiation_enforced(&config_, MBEDTLS_SSL_RENEGOTIATION_NOT_ENFORCED);
  return call_between_reads(mbedtls_ssl_renegotiate);
}

/// The version too: a ticket of one makes no sense to the other.
std::string ServerSession::ticket_context() const {
  return std::to_string(mbedtls_ssl_get_version_number(&ssl_)) + ":" + parameters_.ticket_context;
}

int ServerSession::write_ticket(void* server, const mbedtls_ssl_session* session, unsigned char* start,
                                const unsigned char* end, std::size_t* size, std::uint32_t* lifetime) {
  const auto& self = *static_cast<ServerSession*>(server);
  auto& keys = *self.parameters_.tickets;
  std::size_t state_size = 0;
  mbedtls_ssl_session_save(session, nullptr, 0, &state_size);  // tells the size
  Buffer state(state_size);
  if (const int failure = mbedtls_ssl_session_save(session, state.data(), state.size(), &state_size);
      failure != 0)
    return failure;
  const auto ticket =
      keys.seal(Bytes(state).first(state_size), self.ticket_context(), std::chrono::system_clock::now());
  if (!ticket) return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
  if (ticket->size() > static_cast<std::size_t>(end - start)) return MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL;
  std::copy(ticket->begin(), ticket->end(), start);
  *size = ticket->size();
  *lifetime = static_cast<std::uint32_t>(keys.lifetime().count());
  return 0;
}

int ServerSession::parse_ticket(void* server, mbedtls_ssl_session* session, unsigned char* ticket,
                                std::size_t size) {
  const auto& self = *static_cast<ServerSession*>(server);
  const auto state =
      self.parameters_.tickets->open({ticket, size}, self.ticket_context(), std::chrono::system_clock::now());
  if (!state) return MBEDTLS_ERR_SSL_INVALID_MAC;
  if (const int failure = mbedtls_ssl_session_load(session, state->data(), state->size()); failure != 0)
    return failure;
  // The session takes the place of the one that this hello has begun, and what the hello has already said of
  // records' length is kept. One without max_fragment_length means the session's own (RFC 6066 section 4).
  const auto* begun = self.ssl_.MBEDTLS_PRIVATE(session_negotiate);
  if (begun->MBEDTLS_PRIVATE(mfl_code) != MBEDTLS_SSL_MAX_FRAG_LEN_NONE)
    session->MBEDTLS_PRIVATE(mfl_code) = begun->MBEDTLS_PRIVATE(mfl_code);
  session->MBEDTLS_PRIVATE(record_size_limit) = begun->MBEDTLS_PRIVATE(record_size_limit);
  return 0;
}

}  // namespace

bool signs_tls13(const certs::Identity& identity, const std::vector<std::uint16_t>& schemes) {
  return std::any_of(schemes.begin(), schemes.end(), [&](std::uint16_t scheme) {
    return mailtap_scheme_fits(identity.key(), scheme, MBEDTLS_SSL_VERSION_TLS1_3) != 0;
  });
}

std::vector<std::uint16_t> schemes_of(const certs::Identity& identity,
                                      const std::vector<std::uint16_t>& schemes) {
  std::vector<std::uint16_t> fitting;
  for (const auto scheme : schemes)
    if (mailtap_scheme_fits(identity.key(), scheme, MBEDTLS_SSL_VERSION_TLS1_2) != 0 ||
        mailtap_scheme_fits(identity.key(), scheme, MBEDTLS_SSL_VERSION_TLS1_3) != 0)
      fitting.push_back(scheme);
  return fitting;
}

std::unique_ptr<Session> make_server_session(ServerParameters parameters) {
  if (parameters.max_version <= newest_legacy) return make_legacy_server_session(std::move(parameters));
  return std::make_unique<ServerSession>(std::move(parameters));
}

}  // namespace mailtap::tls
