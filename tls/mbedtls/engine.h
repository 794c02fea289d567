// The two engines: mbedTLS 3.6 for TLS 1.2 and 1.3, and 2.28 for what is older (tls/legacy). The sources that
// include this header are compiled against either, once each, and are written for 3.6; what 2.28 names
// otherwise or lacks is made up for here. The inline namespace keeps the two compilations apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <mbedtls/ssl.h>
#include <mbedtls/version.h>

#include "tls/mbedtls/limits.h"

#if MBEDTLS_VERSION_MAJOR >= 3

#define MAILTAP_TLS_ENGINE modern

namespace mailtap::tls {
inline namespace modern {

inline constexpr bool is_old_engine = false;

template <auto Export>
void set_export_keys(mbedtls_ssl_config& /*config*/, mbedtls_ssl_context& ssl, void* context) {
  mbedtls_ssl_set_export_keys_cb(&ssl, Export, context);
}

/// After MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE.
inline int received_alert(const mbedtls_ssl_context& ssl) {
  return ssl.MBEDTLS_PRIVATE(in_msg)[1];
}

/// The alert that mbedTLS chose for this error, if it did.
inline std::optional<int> alert_of_failure(const mbedtls_ssl_context& ssl, int code) {
  if (ssl.MBEDTLS_PRIVATE(alert_reason) != code) return std::nullopt;
  return ssl.MBEDTLS_PRIVATE(alert_type);
}

/// The fatal alert that it has sent, if it has.
inline std::optional<int> sent_fatal_alert(const mbedtls_ssl_context& ssl) {
  const int sent = ssl.MBEDTLS_PRIVATE(sent_fatal_alert);
  return sent == 0 ? std::nullopt : std::optional(sent - 1);
}

/// After a step of a server's handshake that was in `state` before: once its Finished is sent, TLS 1.3 has a
/// server write with its application keys (RFC 8446 section A.2), which mbedTLS does only when the client's
/// Finished is there. Until then it writes nothing but an alert, which the client couldn't read otherwise.
inline void keep_up_write_keys(mbedtls_ssl_context& ssl, int state) {
  if (state != MBEDTLS_SSL_SERVER_FINISHED || ssl.MBEDTLS_PRIVATE(tls_version) != MBEDTLS_SSL_VERSION_TLS1_3)
    return;
  ssl.MBEDTLS_PRIVATE(transform_out) = ssl.MBEDTLS_PRIVATE(transform_application);
  for (auto& byte : ssl.MBEDTLS_PRIVATE(cur_out_ctr)) byte = 0;
}

/// How many CertificateRequests a client has read, as far as the engine counts them, and whether the answer
/// to the last was a certificate.
inline unsigned certificate_requests(const mbedtls_ssl_context& ssl) {
  return ssl.MBEDTLS_PRIVATE(mailtap_certificates).requests;
}
inline bool is_certificate_shown(const mbedtls_ssl_context& ssl) {
  return ssl.MBEDTLS_PRIVATE(mailtap_certificates).is_shown != 0;
}
/// Of a client that has a certificate and didn't show it, since its key can't sign by any algorithm that the
/// server's last question lists: the kinds of key that those are for, "RSA, ECDSA", or "none that mailtap
/// has". Empty: otherwise.
inline std::string wanted_keys(const mbedtls_ssl_context& ssl) {
  const auto& asked = ssl.MBEDTLS_PRIVATE(mailtap_certificates);
  if (asked.is_unfit == 0) return {};
  std::string kinds;
  for (const auto& [kind, name] :
       {std::pair(mailtap_wants_rsa, "RSA"), std::pair(mailtap_wants_ecdsa, "ECDSA"),
        std::pair(mailtap_wants_eddsa, "EdDSA")})
    if ((asked.wanted_kinds & kind) != 0) kinds += (kinds.empty() ? "" : ", ") + std::string(name);
  return kinds.empty() ? "none that mailtap has" : kinds;
}
inline bool has_refused_renegotiation(const mbedtls_ssl_context& ssl) {
  return ssl.MBEDTLS_PRIVATE(mailtap_certificates).refused_renegotiations > 0;
}

/// A handshake message that was refused for its length.
struct RefusedMessage {
  std::uint8_t type = 0;
  std::size_t size = 0;  ///< bytes, its header included
};
inline std::optional<RefusedMessage> refused_message(const mbedtls_ssl_context& ssl) {
  if (ssl.mailtap.refused_size == 0) return std::nullopt;
  return RefusedMessage{ssl.mailtap.refused_type, ssl.mailtap.refused_size};
}

inline void limit_records_per_key(mbedtls_ssl_context& ssl, std::uint64_t records) {
  ssl.mailtap.records_per_key = records;
}

/// Client, before the handshake: what its hello has, or lacks.
inline void mark_as_fallback(mbedtls_ssl_context& ssl, bool is_fallback) {
  ssl.mailtap.is_fallback = is_fallback ? 1 : 0;
}
inline void leave_groups_out(mbedtls_ssl_context& ssl, bool leaves_out) {
  ssl.mailtap.leaves_groups_out = leaves_out ? 1 : 0;
}

/// Client, before the handshake: asks the server for an OCSP response and timestamps, and gives each that
/// comes to `take`, by the number of its extension. TLS 1.2's timestamps come before the certificates; of
/// TLS 1.3's entries each may have its own.
inline void ask_for_stapled(mbedtls_ssl_context& ssl, bool ocsp, bool timestamps,
                            void (*take)(void* to, unsigned type, const unsigned char* bytes,
                                         std::size_t size),
                            void* to) {
  ssl.mailtap.asks_for_staple = ocsp ? 1 : 0;
  ssl.mailtap.asks_for_timestamps = timestamps ? 1 : 0;
  ssl.mailtap.take_stapled = take;
  ssl.mailtap.stapled_to = to;
}

/// Whether the peer has sent more early data than is skipped.
inline bool has_too_much_early_data(const mbedtls_ssl_context& ssl) {
  return ssl.mailtap.has_excess_of_early_data != 0;
}

/// Whether the peer has sent more KeyUpdates in a row than are taken.
inline bool has_too_many_key_updates(const mbedtls_ssl_context& ssl) {
  return ssl.mailtap.key_updates > MAILTAP_MAX_KEY_UPDATES;
}
/// Application data has come.
inline void begin_counting_key_updates(mbedtls_ssl_context& ssl) {
  ssl.mailtap.key_updates = 0;
}

}  // namespace modern
}  // namespace mailtap::tls

#else

#define MAILTAP_TLS_ENGINE legacy

#define MBEDTLS_PRIVATE(member) member

#define MBEDTLS_ERR_SSL_BAD_CERTIFICATE MBEDTLS_ERR_SSL_BAD_HS_CERTIFICATE
#define MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION MBEDTLS_ERR_SSL_BAD_HS_PROTOCOL_VERSION
#define MBEDTLS_ERR_SSL_DECODE_ERROR MBEDTLS_ERR_SSL_BAD_HS_CLIENT_HELLO
#define MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE MBEDTLS_ERR_SSL_NO_CIPHER_CHOSEN
#define MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER MBEDTLS_ERR_SSL_BAD_HS_SERVER_HELLO
// Numbers that it never answers.
#define MBEDTLS_ERR_SSL_NO_APPLICATION_PROTOCOL (-1)
#define MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET (-2)
#define MBEDTLS_ERR_SSL_UNSUPPORTED_EXTENSION (-3)

namespace mailtap::tls {
inline namespace legacy {

inline constexpr bool is_old_engine = true;

enum mbedtls_ssl_key_export_type {
  MBEDTLS_SSL_KEY_EXPORT_TLS12_MASTER_SECRET,
  // It has no such secrets.
  MBEDTLS_SSL_KEY_EXPORT_TLS1_3_CLIENT_EARLY_SECRET,
  MBEDTLS_SSL_KEY_EXPORT_TLS1_3_EARLY_EXPORTER_SECRET,
  MBEDTLS_SSL_KEY_EXPORT_TLS1_3_CLIENT_HANDSHAKE_TRAFFIC_SECRET,
  MBEDTLS_SSL_KEY_EXPORT_TLS1_3_SERVER_HANDSHAKE_TRAFFIC_SECRET,
  MBEDTLS_SSL_KEY_EXPORT_TLS1_3_CLIENT_APPLICATION_TRAFFIC_SECRET,
  MBEDTLS_SSL_KEY_EXPORT_TLS1_3_SERVER_APPLICATION_TRAFFIC_SECRET,
};

template <auto Export>
void set_export_keys(mbedtls_ssl_config& config, mbedtls_ssl_context& /*ssl*/, void* context) {
  const auto export_master_secret = [](void* to, const unsigned char* secret, const unsigned char* /*block*/,
                                       std::size_t, std::size_t, std::size_t,
                                       const unsigned char* client_random, const unsigned char* server_random,
                                       mbedtls_tls_prf_types prf) {
    constexpr std::size_t master_secret_size = 48;
    Export(to, MBEDTLS_SSL_KEY_EXPORT_TLS12_MASTER_SECRET, secret, master_secret_size, client_random,
           server_random, prf);
    return 0;
  };
  mbedtls_ssl_conf_export_keys_ext_cb(&config, export_master_secret, context);
}

inline int received_alert(const mbedtls_ssl_context& ssl) {
  return ssl.in_msg[1];
}

// It sends its alerts at once and remembers none.
inline std::optional<int> alert_of_failure(const mbedtls_ssl_context& /*ssl*/, int /*code*/) {
  return std::nullopt;
}

inline std::optional<int> sent_fatal_alert(const mbedtls_ssl_context& /*ssl*/) {
  return std::nullopt;
}

inline int mbedtls_ssl_is_handshake_over(const mbedtls_ssl_context* ssl) {
  return ssl->state == MBEDTLS_SSL_HANDSHAKE_OVER ? 1 : 0;
}

// It counts none, and shows what it has.
inline unsigned certificate_requests(const mbedtls_ssl_context& /*ssl*/) {
  return 0;
}
inline bool is_certificate_shown(const mbedtls_ssl_context& ssl) {
  return ssl.conf->key_cert != nullptr;
}
/// Before TLS 1.2 a server lists no algorithms.
inline std::string wanted_keys(const mbedtls_ssl_context& /*ssl*/) {
  return {};
}
/// tls/mbedtls/legacy/CMakeLists.txt has it note a refusal where nothing else is counted.
inline bool has_refused_renegotiation(const mbedtls_ssl_context& ssl) {
  return ssl.renego_records_seen < 0;
}

/// It refuses none that it knows the length of.
struct RefusedMessage {
  std::uint8_t type = 0;
  std::size_t size = 0;
};
inline std::optional<RefusedMessage> refused_message(const mbedtls_ssl_context& /*ssl*/) {
  return std::nullopt;
}

// It has no TLS 1.3.
inline bool has_too_much_early_data(const mbedtls_ssl_context& /*ssl*/) {
  return false;
}
inline void limit_records_per_key(mbedtls_ssl_context& /*ssl*/, std::uint64_t /*records*/) {}
inline bool has_too_many_key_updates(const mbedtls_ssl_context& /*ssl*/) {
  return false;
}
inline void begin_counting_key_updates(mbedtls_ssl_context& /*ssl*/) {}
inline void keep_up_write_keys(mbedtls_ssl_context& /*ssl*/, int /*state*/) {}

// It is built without ALPN.
inline int mbedtls_ssl_conf_alpn_protocols(mbedtls_ssl_config* /*config*/, const char** /*protocols*/) {
  return 0;
}
inline const char* mbedtls_ssl_get_alpn_protocol(const mbedtls_ssl_context* /*ssl*/) {
  return nullptr;
}

}  // namespace legacy
}  // namespace mailtap::tls

#endif
