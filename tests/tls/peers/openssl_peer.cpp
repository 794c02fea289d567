#include <array>
#include <vector>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "config/base/freed.h"
#include "tests/tls/peers/peer.h"
#include "tls/names.h"

namespace mailtap::tests {

namespace {

using Context = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using SavedSession = std::unique_ptr<SSL_SESSION, Freed<SSL_SESSION_free>>;
using Memory = std::unique_ptr<BIO, Freed<BIO_free>>;

std::string last_error() {
  std::string text;
  while (const auto code = ERR_get_error()) {
    std::array<char, 256> one{};
    ERR_error_string_n(code, one.data(), one.size());
    text += (text.empty() ? "" : "; ") + std::string(one.data());
  }
  return text.empty() ? "no reason given" : text;
}

class OpensslPeer final : public Peer {
 public:
  OpensslPeer(SSL_CTX* context, bool is_server, SSL_SESSION* session, SavedSession& saved)
      : ssl_(SSL_new(context)), is_server_(is_server), saved_(saved) {
    in_ = BIO_new(BIO_s_mem());
    out_ = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(in_, -1);
    SSL_set_bio(ssl_, in_, out_);
    if (session != nullptr) SSL_set_session(ssl_, session);
    if (is_server) {
      SSL_set_accept_state(ssl_);
    } else {
      SSL_set_tlsext_host_name(ssl_, "mail.example");
      SSL_set_connect_state(ssl_);
    }
  }
  ~OpensslPeer() override {
    if (!is_server_ && state_ == State::established) saved_.reset(SSL_get1_session(ssl_));
    // Else a session whose end nobody heard isn't kept.
    SSL_set_shutdown(ssl_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(ssl_);
  }

  void feed(Bytes ciphertext) override {
    BIO_write(in_, ciphertext.data(), static_cast<int>(ciphertext.size()));
  }
  Buffer take_outgoing() override {
    Buffer bytes(BIO_ctrl_pending(out_));
    if (!bytes.empty()) BIO_read(out_, bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
  }

  State handshake() override {
    if (state_ != State::waits) return state_;
    ERR_clear_error();
    const int code = SSL_do_handshake(ssl_);
    if (code == 1) return state_ = State::established;
    if (SSL_get_error(ssl_, code) == SSL_ERROR_WANT_READ) return state_;
    error_ = last_error();
    return state_ = State::failed;
  }

  bool write(Bytes plaintext) override {
    ERR_clear_error();
    const int size = SSL_write(ssl_, plaintext.data(), static_cast<int>(plaintext.size()));
    if (size == static_cast<int>(plaintext.size())) return true;
    error_ = last_error();
    return false;
  }

  std::string read() override {
    std::string text;
    std::array<char, 20'000> chunk;
    for (;;) {
      ERR_clear_error();
      const int size = SSL_read(ssl_, chunk.data(), static_cast<int>(chunk.size()));
      if (size > 0) {
        text.append(chunk.data(), static_cast<std::size_t>(size));
        continue;
      }
      const int error = SSL_get_error(ssl_, size);
      if (error == SSL_ERROR_ZERO_RETURN) closed_ = true;
      if (error != SSL_ERROR_ZERO_RETURN && error != SSL_ERROR_WANT_READ) error_ = last_error();
      return text;
    }
  }

  bool closed() const override { return closed_; }
  void close_notify() override { SSL_shutdown(ssl_); }
  bool resumed() const override { return SSL_session_reused(ssl_) == 1; }
  bool was_shown_certificate() const override { return SSL_get0_peer_certificate(ssl_) != nullptr; }
  std::string error() const override { return error_; }

 private:
  SSL* ssl_;
  bool is_server_;
  SavedSession& saved_;
  BIO* in_;
  BIO* out_;
  State state_ = State::waits;
  bool closed_ = false;
  std::string error_;
};

class OpensslContext final : public PeerContext {
 public:
  explicit OpensslContext(bool is_server) : context_(SSL_CTX_new(TLS_method())), is_server_(is_server) {}

  Result<void> configure(const PeerParameters& parameters);

  std::unique_ptr<Peer> connect(bool resume) override {
    return std::make_unique<OpensslPeer>(context_.get(), is_server_, resume ? session_.get() : nullptr,
                                         session_);
  }

 private:
  Result<void> set_cipher_suite(const PeerParameters& parameters);
  void set_identity(const PeerIdentity& identity);
  void set_stapled(const PeerParameters& parameters);
  static int staple(SSL* ssl, void* context);

  Context context_;
  bool is_server_;
  SavedSession session_;
  std::string staple_;
};

tl::unexpected<Error> lacks(const std::string& what) {
  ERR_clear_error();
  return fail(std::string("OpenSSL ") + OpenSSL_version(OPENSSL_VERSION_STRING) + " has no " + what);
}

/// Of a signature algorithm, by IANA's name.
std::string openssl_name(const std::string& signature) {
  if (signature == "ecdsa_sha1") return "ECDSA+SHA1";
  if (signature == "rsa_pkcs1_sha1") return "RSA+SHA1";
  if (signature == "ecdsa_sha224") return "ECDSA+SHA224";
  if (signature == "rsa_pkcs1_sha224") return "RSA+SHA224";
  return signature;
}

Result<void> OpensslContext::configure(const PeerParameters& parameters) {
  auto* context = context_.get();
  SSL_CTX_set_security_level(context, 0);
  if (SSL_CTX_set_min_proto_version(context, parameters.version) != 1 ||
      SSL_CTX_set_max_proto_version(context, parameters.version) != 1)
    return lacks(tls::version_name(parameters.version));
  SSL_CTX_set_verify(context, parameters.asks_for_certificate ? SSL_VERIFY_PEER : SSL_VERIFY_NONE,
                     [](int /*right*/, X509_STORE_CTX* /*chain*/) { return 1; });
  SSL_CTX_set_dh_auto(context, 1);
  SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>("test"), 4);
  if (!parameters.encrypt_then_mac) SSL_CTX_set_options(context, SSL_OP_NO_ENCRYPT_THEN_MAC);
  if (!parameters.extended_master_secret) SSL_CTX_set_options(context, SSL_OP_NO_EXTENDED_MASTER_SECRET);
  if (!parameters.tickets) SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  if (auto set = set_cipher_suite(parameters); !set) return set;
  if (parameters.group != 0) {
    const auto name = tls::group_name(parameters.group);
    if (SSL_CTX_set1_groups_list(context, name.c_str()) != 1) return lacks(name);
  }
  if (parameters.signature_algorithm != 0) {
    const auto name = openssl_name(tls::signature_algorithm_name(parameters.signature_algorithm));
    if (SSL_CTX_set1_sigalgs_list(context, name.c_str()) != 1) return lacks(name);
  }
  if (parameters.identity != nullptr) set_identity(*parameters.identity);
  set_stapled(parameters);
  return {};
}

int OpensslContext::staple(SSL* ssl, void* context) {
  const auto& response = static_cast<OpensslContext*>(context)->staple_;
  auto* copy = static_cast<unsigned char*>(OPENSSL_memdup(response.data(), response.size()));
  SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(response.size()));
  return SSL_TLSEXT_ERR_OK;
}

void OpensslContext::set_stapled(const PeerParameters& parameters) {
  staple_ = parameters.staple;
  if (!staple_.empty()) {
    SSL_CTX_set_tlsext_status_cb(context_.get(), staple);
    SSL_CTX_set_tlsext_status_arg(context_.get(), this);
  }
  if (parameters.timestamps.empty()) return;
  // In which messages; the extension's type; its content (SSL_CTX_use_serverinfo_ex(3)).
  constexpr unsigned where = SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_2_SERVER_HELLO | SSL_EXT_TLS1_3_CERTIFICATE |
                             SSL_EXT_IGNORE_ON_RESUMPTION;
  const auto size = parameters.timestamps.size();
  Buffer info{0,
              0,
              where >> 8,
              where & 0xFF,
              0,
              TLSEXT_TYPE_signed_certificate_timestamp,
              static_cast<std::uint8_t>(size >> 8),
              static_cast<std::uint8_t>(size)};
  info.insert(info.end(), parameters.timestamps.begin(), parameters.timestamps.end());
  SSL_CTX_use_serverinfo_ex(context_.get(), SSL_SERVERINFOV2, info.data(), info.size());
}

Result<void> OpensslContext::set_cipher_suite(const PeerParameters& parameters) {
  auto* context = context_.get();
  if (parameters.cipher_suite == 0) {
    SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0");
    return {};
  }
  const std::array<unsigned char, 2> number{static_cast<unsigned char>(parameters.cipher_suite >> 8),
                                            static_cast<unsigned char>(parameters.cipher_suite & 0xFF)};
  const std::unique_ptr<SSL, Freed<SSL_free>> any(SSL_new(context));
  const auto* cipher = SSL_CIPHER_find(any.get(), number.data());
  const auto name = tls::cipher_suite_name(parameters.cipher_suite);
  if (cipher == nullptr) return lacks(name);
  const bool is_tls13 = parameters.version >= TLS1_3_VERSION;
  const auto set = is_tls13 ? SSL_CTX_set_ciphersuites : SSL_CTX_set_cipher_list;
  if (set(context, SSL_CIPHER_get_name(cipher)) != 1) return lacks(name);
  SSL_CTX_set_security_level(context, 0);
  return {};
}

void OpensslContext::set_identity(const PeerIdentity& identity) {
  const Memory certificate_pem(
      BIO_new_mem_buf(identity.certificate.data(), static_cast<int>(identity.certificate.size())));
  const Memory key_pem(BIO_new_mem_buf(identity.key.data(), static_cast<int>(identity.key.size())));
  const std::unique_ptr<X509, Freed<X509_free>> certificate(
      PEM_read_bio_X509(certificate_pem.get(), nullptr, nullptr, nullptr));
  const std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>> key(
      PEM_read_bio_PrivateKey(key_pem.get(), nullptr, nullptr, nullptr));
  SSL_CTX_use_certificate(context_.get(), certificate.get());
  SSL_CTX_use_PrivateKey(context_.get(), key.get());
}

}  // namespace

Result<std::unique_ptr<PeerContext>> openssl_peer(const PeerParameters& parameters) {
  auto context = std::make_unique<OpensslContext>(parameters.is_server);
  if (auto configured = context->configure(parameters); !configured) return fail(configured.error().message);
  return context;
}

}  // namespace mailtap::tests
