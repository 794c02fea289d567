#include <algorithm>
#include <array>
#include <cerrno>
#include <map>

#include <gnutls/gnutls.h>

#include "tests/tls/peers/peer.h"
#include "tls/names.h"

namespace mailtap::tests {

namespace {

struct KnownName {
  std::string_view iana;
  std::string_view gnutls;
};

constexpr std::array ciphers = {
    KnownName{"AES_128_GCM", "AES-128-GCM"},
    KnownName{"AES_256_GCM", "AES-256-GCM"},
    KnownName{"AES_128_CBC", "AES-128-CBC"},
    KnownName{"AES_256_CBC", "AES-256-CBC"},
    KnownName{"3DES_EDE_CBC", "3DES-CBC"},
    KnownName{"CHACHA20_POLY1305", "CHACHA20-POLY1305"},
    KnownName{"RC4_128", "ARCFOUR-128"},
    KnownName{"AES_128_CCM", "AES-128-CCM"},
    KnownName{"AES_256_CCM", "AES-256-CCM"},
    KnownName{"AES_128_CCM_8", "AES-128-CCM-8"},
    KnownName{"AES_256_CCM_8", "AES-256-CCM-8"},
    KnownName{"CAMELLIA_128_GCM", "CAMELLIA-128-GCM"},
    KnownName{"CAMELLIA_256_GCM", "CAMELLIA-256-GCM"},
    KnownName{"CAMELLIA_128_CBC", "CAMELLIA-128-CBC"},
    KnownName{"CAMELLIA_256_CBC", "CAMELLIA-256-CBC"},
};

constexpr std::array signatures = {
    KnownName{"ecdsa_secp256r1_sha256", "ECDSA-SECP256R1-SHA256"},
    KnownName{"ecdsa_secp384r1_sha384", "ECDSA-SECP384R1-SHA384"},
    KnownName{"ecdsa_secp521r1_sha512", "ECDSA-SECP521R1-SHA512"},
    KnownName{"rsa_pss_rsae_sha256", "RSA-PSS-RSAE-SHA256"},
    KnownName{"rsa_pss_rsae_sha384", "RSA-PSS-RSAE-SHA384"},
    KnownName{"rsa_pss_rsae_sha512", "RSA-PSS-RSAE-SHA512"},
    KnownName{"rsa_pss_pss_sha256", "RSA-PSS-SHA256"},
    KnownName{"rsa_pss_pss_sha384", "RSA-PSS-SHA384"},
    KnownName{"rsa_pss_pss_sha512", "RSA-PSS-SHA512"},
    KnownName{"rsa_pkcs1_sha256", "RSA-SHA256"},
    KnownName{"rsa_pkcs1_sha384", "RSA-SHA384"},
    KnownName{"rsa_pkcs1_sha512", "RSA-SHA512"},
    KnownName{"ecdsa_sha1", "ECDSA-SHA1"},
    KnownName{"rsa_pkcs1_sha1", "RSA-SHA1"},
    KnownName{"ed25519", "EDDSA-ED25519"},
    KnownName{"ed448", "EDDSA-ED448"},
};

/// What GnuTLS calls it; empty: nothing.
template <class Names>
std::string gnutls_name(const Names& names, std::string_view iana) {
  const auto found =
      std::find_if(names.begin(), names.end(), [&](const auto& name) { return name.iana == iana; });
  return found == names.end() ? std::string() : std::string(found->gnutls);
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

constexpr std::string_view all_key_exchanges = ":+ECDHE-ECDSA:+ECDHE-RSA:+DHE-RSA:+RSA";

/// "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256" as ":+ECDHE-RSA:+AES-128-CBC:+SHA256"; empty: GnuTLS doesn't have
/// it.
std::string suite_priority(const std::string& suite) {
  const auto with = suite.find("_WITH_");
  const bool has_hash = !suite.ends_with("_CCM") && !suite.ends_with("_CCM_8");
  const auto hash_at = has_hash ? suite.rfind('_') : suite.size();
  if (hash_at == std::string::npos) return {};
  const auto cipher_at = with == std::string::npos ? 4 : with + 6;
  const auto cipher = gnutls_name(ciphers, suite.substr(cipher_at, hash_at - cipher_at));
  if (cipher.empty()) return {};
  const bool is_aead = cipher.find("GCM") != std::string::npos || cipher.find("CCM") != std::string::npos ||
                       cipher.find("POLY1305") != std::string::npos;
  const auto hash = has_hash ? suite.substr(hash_at + 1) : std::string();
  auto exchange = with == std::string::npos ? std::string() : suite.substr(4, with - 4);
  std::replace(exchange.begin(), exchange.end(), '_', '-');
  return (exchange.empty() ? std::string(all_key_exchanges) : ":+" + exchange) + ":+" + cipher + ":+" +
         (is_aead         ? "AEAD"
          : hash == "SHA" ? "SHA1"
                          : hash);
}

class GnutlsPeer final : public Peer {
 public:
  GnutlsPeer(gnutls_session_t session, bool is_server, Buffer& saved)
      : session_(session), is_server_(is_server), saved_(saved) {
    gnutls_transport_set_ptr(session_, this);
    gnutls_transport_set_push_function(session_, push);
    gnutls_transport_set_pull_function(session_, pull);
    gnutls_transport_set_pull_timeout_function(session_, [](gnutls_transport_ptr_t, unsigned) { return 1; });
  }
  ~GnutlsPeer() override {
    gnutls_datum_t data{};
    if (!is_server_ && state_ == State::established && gnutls_session_get_data2(session_, &data) == 0) {
      saved_.assign(data.data, data.data + data.size);
      gnutls_free(data.data);
    }
    gnutls_deinit(session_);
  }

  void feed(Bytes ciphertext) override { in_.insert(in_.end(), ciphertext.begin(), ciphertext.end()); }
  Buffer take_outgoing() override { return std::exchange(out_, {}); }

  State handshake() override {
    if (state_ != State::waits) return state_;
    for (;;) {
      const int code = gnutls_handshake(session_);
      if (code == 0) return state_ = State::established;
      if (code == GNUTLS_E_AGAIN) return state_;
      if (gnutls_error_is_fatal(code) == 0) continue;
      fail_with(code);
      gnutls_alert_send_appropriate(session_, code);
      return state_ = State::failed;
    }
  }

  bool write(Bytes plaintext) override {
    while (!plaintext.empty()) {
      const auto size = gnutls_record_send(session_, plaintext.data(), plaintext.size());
      if (size < 0) {
        fail_with(static_cast<int>(size));
        return false;
      }
      plaintext = plaintext.subspan(static_cast<std::size_t>(size));
    }
    return true;
  }

  std::string read() override {
    std::string text;
    std::array<char, 20'000> chunk;
    for (;;) {
      const auto before = in_.size();
      const auto size = gnutls_record_recv(session_, chunk.data(), chunk.size());
      if (size > 0) {
        text.append(chunk.data(), static_cast<std::size_t>(size));
      } else if (size == 0) {
        closed_ = true;
        return text;
      } else if (size == GNUTLS_E_AGAIN) {
        // It says so too after a ticket.
        if (in_.size() == before) return text;
      } else if (gnutls_error_is_fatal(static_cast<int>(size)) != 0) {
        fail_with(static_cast<int>(size));
        return text;
      }
    }
  }

  bool closed() const override { return closed_; }
  void close_notify() override { gnutls_bye(session_, GNUTLS_SHUT_WR); }
  bool resumed() const override { return gnutls_session_is_resumed(session_) != 0; }
  bool was_shown_certificate() const override {
    unsigned count = 0;
    return gnutls_certificate_get_peers(session_, &count) != nullptr && count > 0;
  }
  std::string error() const override { return error_; }

 private:
  static ssize_t push(gnutls_transport_ptr_t self, const void* bytes, std::size_t size) {
    auto& out = static_cast<GnutlsPeer*>(self)->out_;
    const auto* begin = static_cast<const std::uint8_t*>(bytes);
    out.insert(out.end(), begin, begin + size);
    return static_cast<ssize_t>(size);
  }
  static ssize_t pull(gnutls_transport_ptr_t self, void* bytes, std::size_t size) {
    auto& peer = *static_cast<GnutlsPeer*>(self);
    const auto count = std::min(size, peer.in_.size());
    if (count == 0) {
      gnutls_transport_set_errno(peer.session_, EAGAIN);
      return -1;
    }
    std::copy_n(peer.in_.begin(), count, static_cast<std::uint8_t*>(bytes));
    peer.in_.erase(peer.in_.begin(), peer.in_.begin() + static_cast<std::ptrdiff_t>(count));
    return static_cast<ssize_t>(count);
  }

  void fail_with(int code) {
    error_ = gnutls_strerror(code);
    if (code == GNUTLS_E_FATAL_ALERT_RECEIVED)
      error_ += std::string(" ") + gnutls_alert_get_name(gnutls_alert_get(session_));
  }

  gnutls_session_t session_;
  bool is_server_;
  Buffer& saved_;
  Buffer in_;
  Buffer out_;
  State state_ = State::waits;
  bool closed_ = false;
  std::string error_;
};

class GnutlsContext final : public PeerContext {
 public:
  explicit GnutlsContext(const PeerParameters& parameters) : parameters_(parameters) {}
  ~GnutlsContext() override {
    if (credentials_ != nullptr) gnutls_certificate_free_credentials(credentials_);
    if (priority_ != nullptr) gnutls_priority_deinit(priority_);
    gnutls_free(ticket_key_.data);
  }

  Result<void> configure();

  std::unique_ptr<Peer> connect(bool resume) override {
    const bool is_server = parameters_.is_server;
    unsigned flags = GNUTLS_NONBLOCK | (is_server ? GNUTLS_SERVER : GNUTLS_CLIENT);
    if (!parameters_.tickets) flags |= GNUTLS_NO_TICKETS;
    gnutls_session_t session = nullptr;
    gnutls_init(&session, flags);
    gnutls_priority_set(session, priority_);
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials_);
    if (is_server) {
      gnutls_certificate_server_set_request(
          session, parameters_.asks_for_certificate ? GNUTLS_CERT_REQUEST : GNUTLS_CERT_IGNORE);
      if (parameters_.tickets)
        gnutls_session_ticket_enable_server(session, &ticket_key_);
      else
        remember_sessions(session);
    } else {
      gnutls_server_name_set(session, GNUTLS_NAME_DNS, "mail.example", 12);
      if (resume && !saved_.empty()) gnutls_session_set_data(session, saved_.data(), saved_.size());
    }
    return std::make_unique<GnutlsPeer>(session, is_server, saved_);
  }

 private:
  Result<std::string> priority() const;
  void remember_sessions(gnutls_session_t session);

  PeerParameters parameters_;
  gnutls_certificate_credentials_t credentials_ = nullptr;
  gnutls_priority_t priority_ = nullptr;
  gnutls_datum_t ticket_key_{};
  Buffer saved_;                       // a client's
  std::map<Buffer, Buffer> sessions_;  // a server's, by their identifiers
};

Buffer buffer_of(gnutls_datum_t datum) {
  return {datum.data, datum.data + datum.size};
}

void GnutlsContext::remember_sessions(gnutls_session_t session) {
  gnutls_db_set_ptr(session, &sessions_);
  gnutls_db_set_store_function(session, [](void* sessions, gnutls_datum_t key, gnutls_datum_t data) {
    (*static_cast<std::map<Buffer, Buffer>*>(sessions))[buffer_of(key)] = buffer_of(data);
    return 0;
  });
  gnutls_db_set_remove_function(session, [](void* /*sessions*/, gnutls_datum_t /*key*/) { return 0; });
  gnutls_db_set_retrieve_function(session, [](void* sessions, gnutls_datum_t key) {
    const auto& data = (*static_cast<std::map<Buffer, Buffer>*>(sessions))[buffer_of(key)];
    gnutls_datum_t copy{};
    if (data.empty()) return copy;
    copy.data = static_cast<unsigned char*>(gnutls_malloc(data.size()));
    copy.size = static_cast<unsigned>(data.size());
    std::copy(data.begin(), data.end(), copy.data);
    return copy;
  });
}

tl::unexpected<Error> lacks(const std::string& what) {
  return fail(std::string("GnuTLS ") + gnutls_check_version(nullptr) + " has no " + what);
}

Result<std::string> GnutlsContext::priority() const {
  const auto version = tls::version_name(parameters_.version);  // "TLSv1.2"
  std::string text = "NONE:+COMP-NULL:+CTYPE-X509:+VERS-" + version.substr(0, 3) + version.substr(4);
  if (parameters_.cipher_suite != 0) {
    const auto suite = suite_priority(tls::cipher_suite_name(parameters_.cipher_suite));
    if (suite.empty()) return lacks(tls::cipher_suite_name(parameters_.cipher_suite));
    text += suite;
  } else {
    text += ":+CIPHER-ALL:+MAC-ALL" + std::string(all_key_exchanges);
  }
  text += parameters_.group != 0 ? ":+GROUP-" + upper(tls::group_name(parameters_.group)) : ":+GROUP-ALL";
  if (parameters_.signature_algorithm != 0) {
    const auto name = tls::signature_algorithm_name(parameters_.signature_algorithm);
    auto sign = gnutls_name(signatures, name);
    // Before TLS 1.3 the curve isn't part of it.
    if (const auto at = sign.find("-SECP"); at != std::string::npos && parameters_.version < 0x0304)
      sign.erase(at, 10);
    if (sign.empty()) return lacks(name);
    text += ":+SIGN-" + sign;
  } else {
    text += ":+SIGN-ALL";
  }
  if (!parameters_.encrypt_then_mac) text += ":%NO_ETM";
  if (!parameters_.extended_master_secret) text += ":%NO_SESSION_HASH";
  return text;
}

Result<void> GnutlsContext::configure() {
  const auto text = priority();
  if (!text) return fail(text.error().message);
  const char* where = nullptr;
  if (gnutls_priority_init(&priority_, text->c_str(), &where) != 0)
    return lacks(where != nullptr && *where != 0 ? std::string(where) : *text);
  gnutls_certificate_allocate_credentials(&credentials_);
  gnutls_certificate_set_known_dh_params(credentials_, GNUTLS_SEC_PARAM_MEDIUM);
  if (parameters_.tickets) gnutls_session_ticket_key_generate(&ticket_key_);
  if (const auto* identity = parameters_.identity) {
    const auto datum = [](const std::string& pem) {
      return gnutls_datum_t{reinterpret_cast<unsigned char*>(const_cast<char*>(pem.data())),
                            static_cast<unsigned>(pem.size())};
    };
    const auto certificate = datum(identity->certificate);
    const auto key = datum(identity->key);
    const int code =
        gnutls_certificate_set_x509_key_mem(credentials_, &certificate, &key, GNUTLS_X509_FMT_PEM);
    if (code < 0) return lacks(std::string("such a key: ") + gnutls_strerror(code));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<PeerContext>> gnutls_peer(const PeerParameters& parameters) {
  auto context = std::make_unique<GnutlsContext>(parameters);
  if (auto configured = context->configure(); !configured) return fail(configured.error().message);
  return context;
}

}  // namespace mailtap::tests
