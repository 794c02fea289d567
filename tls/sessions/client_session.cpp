#include <algorithm>
#include <utility>

#include "certs/model/identity.h"
#include "certs/model/stapled.h"
#include "config/base/text.h"
#include "tls/engine/mbedtls_session.h"
#include "tls/engine/peer_chain.h"
#include "tls/engine/policy.h"
#include "tls/legacy/sessions.h"
#include "tls/sessions/renegotiation.h"

namespace mailtap::tls {

namespace {

// A TLS 1.2 server may leave a session's lifetime open (RFC 5246 appendix F.1.4 names a day at most).
constexpr std::chrono::seconds unstated_lifetime = std::chrono::hours(1);
constexpr std::chrono::seconds max_lifetime = std::chrono::hours(7 * 24);

// With it a hello is one record, as mbedTLS writes it.
constexpr std::size_t max_ticket = std::size_t{12} * 1024;

/// A session of mbedTLS's that frees itself.
struct StoredSession {
  StoredSession() { mbedtls_ssl_session_init(&session); }
  ~StoredSession() { mbedtls_ssl_session_free(&session); }
  StoredSession(const StoredSession&) = delete;
  StoredSession& operator=(const StoredSession&) = delete;
  mbedtls_ssl_session session;
};

/// The server's certificate is left out under TLS 1.3. TLS 1.2 has renegotiation, for which it may not
/// change.
bool serialise(mbedtls_ssl_session& session, bool is_tls13, Buffer& state) {
  auto*& certificate = session.MBEDTLS_PRIVATE(peer_cert);
  auto* const kept = certificate;
  if (is_tls13) certificate = nullptr;
  std::size_t size = 0;
  mbedtls_ssl_session_save(&session, nullptr, 0, &size);
  state.resize(size);
  const int failure = mbedtls_ssl_session_save(&session, state.data(), size, &size);
  certificate = kept;
  return failure == 0;
}

class ClientSession final : public MbedtlsSession {
 public:
  explicit ClientSession(ClientParameters parameters)
      : MbedtlsSession(Sender::client, std::move(parameters.keylog), std::move(parameters.batching)),
        parameters_(std::move(parameters)) {
    begin(configure_client(), fault_of_name(parameters_.sni));
  }
  ~ClientSession() override { abandon_handshake(); }

  const std::vector<Buffer>& original_chain() const override {
    return agreed().resumed && parameters_.resume ? parameters_.resume->peer_chain : peer_chain();
  }

  certs::StapledPtr stapled() const override {
    return agreed().resumed && parameters_.resume ? parameters_.resume->stapled : stapled_;
  }

  std::optional<SavedSession> take_saved_session() override;
  bool renegotiate();

 private:
  int configure_client();
  void offer_resumption();
  void ask_for_stapled();
  static void take_stapled(void* session, unsigned type, const unsigned char* bytes, std::size_t size);

  ClientParameters parameters_;
  std::vector<std::uint16_t> groups_;  // as mbedTLS reads them; empty: the policy's own
  certs::StapledPtr stapled_;          ///< null: nothing is asked for
};

int ClientSession::configure_client() {
  int failure = configure(config_, MBEDTLS_SSL_IS_CLIENT, parameters_.min_version, parameters_.max_version,
                          parameters_.only, parameters_.old_suites);
  if (failure == 0 && parameters_.only.groups == nullptr && !parameters_.hybrid_groups.empty()) {
    groups_ = groups_after(parameters_.hybrid_groups, config_);
    mbedtls_ssl_conf_groups(&config_, groups_.data());
  }
  if (failure == 0 && !parameters_.alpn.empty()) failure = set_alpn(parameters_.alpn);
  if (const auto& own = parameters_.client_certificate; failure == 0 && own)
    failure = mbedtls_ssl_conf_own_cert(&config_, own->chain(), own->key());
  if (failure == 0) failure = set_up();
  limit_records_per_key(ssl_, parameters_.records_per_key);
  mark_as_fallback(ssl_, parameters_.is_fallback);
  leave_groups_out(ssl_, parameters_.only.without_groups && parameters_.max_version <= Version::tls12);
  if (parameters_.asks_for_staple || parameters_.asks_for_timestamps) ask_for_stapled();
  if (failure == 0) failure = set_name(parameters_.sni);
  if (failure == 0 && parameters_.resume) offer_resumption();
  return failure;
}

void ClientSession::ask_for_stapled() {
  stapled_ = std::make_shared<certs::Stapled>();
  tls::ask_for_stapled(ssl_, parameters_.asks_for_staple, parameters_.asks_for_timestamps, take_stapled,
                       this);
}

/// Of TLS 1.3's certificates the first counts alone: nobody judges what is stapled to the others.
void ClientSession::take_stapled(void* session, unsigned type, const unsigned char* bytes, std::size_t size) {
  auto& self = *static_cast<ClientSession*>(session);
  const bool is_tls13 = mbedtls_ssl_get_version_number(&self.ssl_) == MBEDTLS_SSL_VERSION_TLS1_3;
  if (is_tls13 && self.peer_chain_.size() != 1) return;
  // Who has the last one keeps it as it was: a renegotiation brings another.
  auto next = std::make_shared<certs::Stapled>(*self.stapled_);
  (type == MBEDTLS_TLS_EXT_STATUS_REQUEST ? next->ocsp : next->timestamps).assign(bytes, bytes + size);
  self.stapled_ = std::move(next);
}

/// A session that can't be used any more means a full handshake, no failure.
void ClientSession::offer_resumption() {
  const TolerantParsing scope(nullptr);
  StoredSession stored;
  const auto& state = parameters_.resume->state;
  const bool loaded = mbedtls_ssl_session_load(&stored.session, state.data(), state.size()) == 0;
  // It is offered beside all versions. Of one that isn't allowed any more it would be offered too.
  const auto version = static_cast<Version>(stored.session.MBEDTLS_PRIVATE(tls_version));
  const bool is_allowed = version >= parameters_.min_version && version <= parameters_.max_version;
  // How long records may be is agreed on anew (RFC 8449 section 4.1).
  stored.session.MBEDTLS_PRIVATE(record_size_limit) = 0;
  // mbedtls_ssl_set_session copies, and would parse the certificate again.
  auto* certificate = std::exchange(stored.session.MBEDTLS_PRIVATE(peer_cert), nullptr);
  if (loaded && is_allowed && mbedtls_ssl_set_session(&ssl_, &stored.session) == 0) {
    ssl_.MBEDTLS_PRIVATE(session_negotiate)->MBEDTLS_PRIVATE(peer_cert) = certificate;
    mailtap::release(parameters_.resume->state);
    return;
  }
  stored.session.MBEDTLS_PRIVATE(peer_cert) = certificate;
  parameters_.resume.reset();
}

/// Reads mbedTLS's own session: mbedtls_ssl_get_session would copy it and parse its certificate again.
std::optional<SavedSession> ClientSession::take_saved_session() {
  if (established() && !agreed().resumed) parameters_.resume.reset();  // what was offered in vain
  auto* session = ssl_.MBEDTLS_PRIVATE(session);
  if (!established() || session == nullptr || session->MBEDTLS_PRIVATE(exported) == 1) return std::nullopt;
  const bool is_tls13 = mbedtls_ssl_get_version_number(&ssl_) == MBEDTLS_SSL_VERSION_TLS1_3;
  const bool has_ticket = session->MBEDTLS_PRIVATE(ticket_len) > 0;
  const bool has_id = mbedtls_ssl_session_get_id_len(session) > 0;
  if (!has_ticket && (is_tls13 || !has_id)) return std::nullopt;
  if (session->MBEDTLS_PRIVATE(ticket_len) > max_ticket) return std::nullopt;
  session->MBEDTLS_PRIVATE(exported) = 1;

  std::chrono::seconds lifetime(session->MBEDTLS_PRIVATE(ticket_lifetime));
  if (lifetime.count() == 0) {
    if (is_tls13) return std::nullopt;  // RFC 8446 section 4.6.1: zero means discard at once
    lifetime = unstated_lifetime;
  }
  SavedSession saved;
  if (!serialise(*session, is_tls13, saved.state)) return std::nullopt;
  saved.peer_chain = original_chain();
  saved.stapled = stapled();
  saved.single_use = is_tls13;
  saved.expires = std::chrono::system_clock::now() + std::min(lifetime, max_lifetime);
  return saved;
}

bool ClientSession::renegotiate() {
  if (mbedtls_ssl_get_version_number(&ssl_) != MBEDTLS_SSL_VERSION_TLS1_2) return false;
  return call_between_reads([](mbedtls_ssl_context* ssl) {
    const int code = mbedtls_ssl_renegotiate(ssl);
    return code == MBEDTLS_ERR_SSL_WANT_READ ? 0 : code;  // the hello is out
  });
}

}  // namespace

std::unique_ptr<Session> make_client_session(ClientParameters parameters) {
  if (parameters.max_version <= newest_legacy) return make_legacy_client_session(std::move(parameters));
  return std::make_unique<ClientSession>(std::move(parameters));
}

const Abilities& own_abilities(bool old_suites) {
  static const std::array abilities{client_abilities(false), client_abilities(true)};
  return abilities.at(old_suites ? 1 : 0);
}

bool ask_to_renegotiate(Session& client) {
  auto* session = dynamic_cast<ClientSession*>(&client);
  return session != nullptr && session->renegotiate();
}

}  // namespace mailtap::tls
