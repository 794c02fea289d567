#include "tls/legacy/sessions.h"

#include <array>
#include <utility>

#include <mbedtls/aes.h>

#include "config/base/random.h"
#include "config/base/text.h"
#include "tls/engine/mbedtls_session.h"
#include "tls/legacy/main_engine_key.h"

namespace mailtap::tls {
inline namespace legacy {

namespace {

// What breaks last comes first. Windows Server 2003 without its AES update knows but the other three.
constexpr std::array cipher_suites = {
    MBEDTLS_TLS_RSA_WITH_AES_128_CBC_SHA,  MBEDTLS_TLS_RSA_WITH_AES_256_CBC_SHA,
    MBEDTLS_TLS_RSA_WITH_3DES_EDE_CBC_SHA, MBEDTLS_TLS_RSA_WITH_RC4_128_SHA,
    MBEDTLS_TLS_RSA_WITH_RC4_128_MD5,      0,
};

int minor_of(Version version) {
  return static_cast<int>(version) & 0xFF;
}

int configure(mbedtls_ssl_config& config, int endpoint, Version min_version, Version max_version) {
  const int failure = mbedtls_ssl_config_defaults(&config, endpoint, MBEDTLS_SSL_TRANSPORT_STREAM,
                                                  MBEDTLS_SSL_PRESET_DEFAULT);
  if (failure != 0) return failure;
  mbedtls_ssl_conf_rng(&config, random_for_mbedtls, nullptr);
  mbedtls_ssl_conf_min_version(&config, MBEDTLS_SSL_MAJOR_VERSION_3, minor_of(min_version));
  mbedtls_ssl_conf_max_version(&config, MBEDTLS_SSL_MAJOR_VERSION_3, minor_of(max_version));
  mbedtls_ssl_conf_ciphersuites(&config, cipher_suites.data());
  mbedtls_ssl_conf_arc4_support(&config, MBEDTLS_SSL_ARC4_ENABLED);
  mbedtls_ssl_conf_authmode(&config, MBEDTLS_SSL_VERIFY_NONE);
  // As in tls/engine/policy.cpp: servers may ask for it, and clients are refused.
  if (endpoint == MBEDTLS_SSL_IS_CLIENT)
    mbedtls_ssl_conf_renegotiation(&config, MBEDTLS_SSL_RENEGOTIATION_ENABLED);
  mbedtls_ssl_conf_renegotiation_enforced(&config, MBEDTLS_SSL_RENEGOTIATION_NOT_ENFORCED);
  return 0;
}

/// What is shown of ourselves as mbedTLS 2.28 wants it: certificates that it only sends, so that it needn't
/// understand them, and a key that others use for it.
class OwnCertificate {
 public:
  explicit OwnCertificate(certs::IdentityPtr identity) : identity_(std::move(identity)) {
    mbedtls_pk_init(&key_);
  }
  ~OwnCertificate() {
    if (!chain_.empty()) mbedtls_pk_free(&chain_.front().pk);
    mbedtls_pk_free(&key_);
  }
  OwnCertificate(const OwnCertificate&) = delete;
  OwnCertificate& operator=(const OwnCertificate&) = delete;

  int give_to(mbedtls_ssl_config& config) {
    if (!has_rsa_key(*identity_)) return MBEDTLS_ERR_SSL_PRIVATE_KEY_REQUIRED;
    for (const auto der : chain_of(*identity_)) {
      mbedtls_x509_crt certificate;
      mbedtls_x509_crt_init(&certificate);
      certificate.raw = {MBEDTLS_ASN1_SEQUENCE | MBEDTLS_ASN1_CONSTRUCTED, der.size(),
                         const_cast<unsigned char*>(der.data())};
      chain_.push_back(certificate);
    }
    for (std::size_t i = 1; i < chain_.size(); ++i) chain_[i - 1].next = &chain_[i];
    int failure = set_up(chain_.front().pk);
    if (failure == 0) failure = set_up(key_);
    if (failure == 0) failure = mbedtls_ssl_conf_own_cert(&config, chain_.data(), &key_);
    return failure;
  }

 private:
  int set_up(mbedtls_pk_context& key) {
    return mbedtls_pk_setup_rsa_alt(&key, const_cast<certs::Identity*>(identity_.get()), decrypt, sign, size);
  }

  // What mbedTLS calls; `identity` is the certs::Identity.
  static int decrypt(void* identity, int /*mode*/, std::size_t* size, const unsigned char* in,
                     unsigned char* out, std::size_t out_size) {
    return rsa_decrypt(*static_cast<const certs::Identity*>(identity), in, {out, out_size}, *size);
  }
  static int sign(void* identity, int (* /*random*/)(void*, unsigned char*, std::size_t), void* /*of_random*/,
                  int /*mode*/, mbedtls_md_type_t hash, unsigned hash_size, const unsigned char* hashes,
                  unsigned char* signature) {
    if (hash != MBEDTLS_MD_NONE) return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
    return rsa_sign(*static_cast<const certs::Identity*>(identity), {hashes, hash_size}, signature);
  }
  static std::size_t size(void* identity) { return rsa_size(*static_cast<const certs::Identity*>(identity)); }

  certs::IdentityPtr identity_;
  std::vector<mbedtls_x509_crt> chain_;
  mbedtls_pk_context key_;
};

class ServerSession final : public MbedtlsSession {
 public:
  explicit ServerSession(ServerParameters parameters)
      : MbedtlsSession(Sender::server, std::move(parameters.keylog), std::move(parameters.batching)),
        own_(std::move(parameters.identity)) {
    int failure = configure(config_, MBEDTLS_SSL_IS_SERVER, parameters.min_version, parameters.max_version);
    // tls/mbedtls/legacy/edits/downgrade_mark.cmake reads it of a server.
    if (parameters.has_nothing_newer) mbedtls_ssl_conf_fallback(&config_, MBEDTLS_SSL_IS_FALLBACK);
    if (failure == 0) failure = own_.give_to(config_);
    begin(failure != 0 ? failure : set_up());
  }

  ~ServerSession() override { abandon_handshake(); }

 private:
  OwnCertificate own_;
};

class ClientSession final : public MbedtlsSession {
 public:
  explicit ClientSession(ClientParameters parameters)
      : MbedtlsSession(Sender::client, std::move(parameters.keylog), std::move(parameters.batching)) {
    int failure = configure(config_, MBEDTLS_SSL_IS_CLIENT, parameters.min_version, parameters.max_version);
    if (parameters.is_fallback) mbedtls_ssl_conf_fallback(&config_, MBEDTLS_SSL_IS_FALLBACK);
    // Any other key couldn't sign, so the server gets an empty list, as from who has no certificate.
    if (const auto& identity = parameters.client_certificate; identity && has_rsa_key(*identity))
      failure = failure != 0 ? failure : own_.emplace(identity).give_to(config_);
    failure = failure != 0 ? failure : set_up();
    begin(failure != 0 ? failure : set_name(parameters.sni), fault_of_name(parameters.sni));
  }

  ~ClientSession() override { abandon_handshake(); }

 private:
  std::optional<OwnCertificate> own_;
};

}  // namespace

}  // namespace legacy

void initialise_legacy() {
  // Both remember something at their first call, without a lock.
  mbedtls_ssl_list_ciphersuites();
  mbedtls_aes_context aes;
  mbedtls_aes_init(&aes);
  constexpr std::array<unsigned char, 16> key{};
  mbedtls_aes_setkey_enc(&aes, key.data(), 128);
  mbedtls_aes_free(&aes);
}

std::unique_ptr<Session> make_legacy_server_session(ServerParameters parameters) {
  return std::make_unique<ServerSession>(std::move(parameters));
}

std::unique_ptr<Session> make_legacy_client_session(ClientParameters parameters) {
  return std::make_unique<ClientSession>(std::move(parameters));
}

}  // namespace mailtap::tls
