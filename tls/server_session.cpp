#include <algorithm>
#include <utility>

#include "certs/identity.h"
#include "tls/legacy/sessions.h"
#include "tls/mbedtls_session.h"
#include "tls/policy.h"
#include "tls/tickets.h"

namespace mailtap::tls {

namespace {

class ServerSession final : public MbedtlsSession {
 public:
  explicit ServerSession(ServerParameters parameters)
      : MbedtlsSession(Sender::server, std::move(parameters.keylog), std::move(parameters.gathering)),
        parameters_(std::move(parameters)) {
    begin(configure_server());
  }
  ~ServerSession() override { abandon_handshake(); }

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
};

int ServerSession::configure_server() {
  int failure = configure(config_, MBEDTLS_SSL_IS_SERVER, parameters_.min_version, parameters_.max_version);
  if (failure == 0)
    failure = mbedtls_ssl_conf_own_cert(&config_, parameters_.identity->chain(), parameters_.identity->key());
  if (parameters_.ask_client_certificate) mbedtls_ssl_conf_authmode(&config_, MBEDTLS_SSL_VERIFY_OPTIONAL);
  if (failure == 0 && parameters_.tickets)
    mbedtls_ssl_conf_session_tickets_cb(&config_, write_ticket, parse_ticket, this);
  if (failure == 0) failure = set_up();
  return failure;
}

/// mbedTLS refuses a client with whom it has no protocol in common; RFC 7301 leaves us the choice, and a
/// relay's is to go on as if the client hadn't asked.
void ServerSession::on_client_hello(const ClientHello& hello) {
  const bool in_common = std::any_of(hello.alpn.begin(), hello.alpn.end(), [&](const std::string& offered) {
    return std::find(parameters_.alpn.begin(), parameters_.alpn.end(), offered) != parameters_.alpn.end();
  });
  if (in_common) set_alpn(parameters_.alpn);
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
  return mbedtls_ssl_session_load(session, state->data(), state->size());
}

}  // namespace

std::unique_ptr<Session> make_server_session(ServerParameters parameters) {
  if (parameters.max_version <= newest_legacy) return make_legacy_server_session(std::move(parameters));
  return std::make_unique<ServerSession>(std::move(parameters));
}

}  // namespace mailtap::tls
