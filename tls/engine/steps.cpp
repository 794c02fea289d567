#include "tls/engine/steps.h"

#include <array>

#include <mbedtls/error.h>
#include <mbedtls/rsa.h>

#include "tls/alert.h"
#include "tls/names.h"
#include "tls/numbers.h"
#include "tls/plain_text.h"

namespace mailtap::tls {
inline namespace MAILTAP_TLS_ENGINE {

namespace {

constexpr std::uint16_t oldest_version = is_old_engine ? version::tls10 : version::tls12;

/// X.509 and ASN.1 errors carry a high part (module) and a low part (reason).
bool is_certificate_error(int code) {
  const int high = -(-code & ~0x7F);
  return code == MBEDTLS_ERR_SSL_BAD_CERTIFICATE ||
         (high <= MBEDTLS_ERR_X509_FEATURE_UNAVAILABLE && high >= -0x3000);
}

/// The old engine's server takes a hello in SSLv2's format too.
bool understands(const FailureFacts& facts) {
  return is_old_engine && !facts.peer_is_server && is_sslv2_hello(facts.first_bytes);
}

std::string after_question(const FailureFacts& facts) {
  if (!facts.certificate_in_question) return {};
  return ", after " + client_certificate_note(facts.certificate_shown, facts.wanted_keys);
}

/// What an alert means to say that comes after the answer to a question for a client certificate. Servers
/// have many for it: handshake_failure (OpenSSL's), bad_certificate (Java's, Go's), certificate_unknown, and
/// in TLS 1.3 certificate_required.
std::string about_client_certificate(int alert, bool is_shown, const std::string& wanted_keys) {
  std::string meaning(alert_meaning(alert));
  const bool is_of_certificates = (alert >= alert::handshake_failure && alert <= alert::access_denied &&
                                   alert != alert::illegal_parameter) ||
                                  alert == alert::certificate_required;
  if (!is_of_certificates)
    return meaning + (meaning.empty() ? "" : ", ") + "after " +
           client_certificate_note(is_shown, wanted_keys);
  if (!is_shown) return "it demands a client certificate, and was shown none" + why_withheld(wanted_keys);
  constexpr std::string_view its_name = "the certificate";
  const auto at = meaning.find(its_name);
  if (alert == alert::handshake_failure || at == std::string::npos)
    return "it doesn't take the client certificate that it was shown";
  return meaning.replace(at, its_name.size(), "the client certificate that it was shown");
}

/// What is meant by alerts that answer a hello isn't meant after a handshake: then a renegotiation was
/// refused.
bool is_about_hello(int alert) {
  return alert == alert::handshake_failure || alert == alert::protocol_version ||
         alert == alert::insufficient_security || alert == alert::unrecognized_name ||
         alert == alert::no_application_protocol;
}

std::string meaning_of_alert(const FailureFacts& facts) {
  const int alert = *facts.received_alert;
  if (facts.certificate_in_question)
    return about_client_certificate(alert, facts.certificate_shown, facts.wanted_keys);
  return std::string(facts.established && is_about_hello(alert) ? "" : alert_meaning(alert));
}

std::string likely_cause(const FailureFacts& facts, const std::string& peer) {
  // Bytes that are no TLS record explain everything after them.
  const bool is_record =
      !facts.first_bytes.empty() && facts.first_bytes[0] >= 20 && facts.first_bytes[0] <= 23;
  if (!facts.first_bytes.empty() && !is_record && !understands(facts)) {
    auto look = what_it_looks_like(facts.first_bytes);
    if (look.empty()) return "the " + peer + " doesn't speak TLS";
    if (facts.peer_is_server && is_http_response(facts.first_bytes))
      return "the server answered with " + look + ": this port is for plain HTTP";
    return facts.peer_is_server ? "the server answered with " + look + ": is this the plain or STARTTLS port?"
                                : "the client sent " + look;
  }
  if (facts.received_alert) {
    const auto meaning = meaning_of_alert(facts);
    return "the " + peer + " sent alert " + alert_text(*facts.received_alert) +
           (meaning.empty() ? "" : ": " + meaning);
  }
  if (!facts.excess.empty()) return "the " + peer + " sent " + facts.excess;
  if (facts.sent_alert == alert::decrypt_error)
    return "a signature of the " + peer + "'s, or what confirms its keys, is wrong";
  switch (facts.code) {
    case MBEDTLS_ERR_SSL_CONN_EOF:
      return "the " + peer + " closed the connection during the handshake" + after_question(facts);
    case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY:
      return "the " + peer + " ended the handshake with close_notify" + after_question(facts);
    case MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION:
      if (facts.peer_is_server && facts.selected_version != 0 && facts.selected_version < oldest_version)
        return "the server speaks only " + version_name(facts.selected_version);
      if (!facts.peer_is_server && facts.offered_version != 0 && facts.offered_version < oldest_version)
        return "the client speaks only " + version_name(facts.offered_version);
      return "no TLS version in common with the " + peer;
    case MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE:
      return facts.peer_is_server ? "the server chose what was not offered"
                                  : "no cipher suite, group or signature algorithm in common with the client";
    case MBEDTLS_ERR_RSA_KEY_CHECK_FAILED:
      return "the " + peer +
             "'s RSA key has an exponent of more than 64 bits, which costs too much to verify with";
    case MBEDTLS_ERR_SSL_PRIVATE_KEY_REQUIRED:
      return "before TLS 1.2 a key of RSA is needed, and that of the certificate to be presented isn't";
    case MBEDTLS_ERR_SSL_INVALID_MAC: return "a record from the " + peer + " was damaged on its way";
    case MBEDTLS_ERR_SSL_NO_APPLICATION_PROTOCOL: return "no ALPN protocol in common with the " + peer;
    default: break;
  }
  if (is_certificate_error(facts.code)) return "the " + peer + "'s certificate can't be read";
  return "TLS with the " + peer + " failed";
}

}  // namespace

Step step_of(int code) {
  if (code >= 0) return Step::done;
  switch (code) {
    case MBEDTLS_ERR_SSL_WANT_READ:
    case MBEDTLS_ERR_SSL_WAITING_SERVER_HELLO_RENEGO: return Step::want_read;
    case MBEDTLS_ERR_SSL_WANT_WRITE: return Step::want_write;
    case MBEDTLS_ERR_SSL_ASYNC_IN_PROGRESS:
    case MBEDTLS_ERR_SSL_CRYPTO_IN_PROGRESS: return Step::want_crypto;
    case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY: return Step::closed;
    case MBEDTLS_ERR_SSL_CONN_EOF: return Step::truncated;
    default: return Step::failed;
  }
}

int alert_for(int code) {
  switch (code) {
    case MBEDTLS_ERR_SSL_INVALID_MAC: return alert::bad_record_mac;
    case MBEDTLS_ERR_SSL_INVALID_RECORD:
    case MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE:
    case MBEDTLS_ERR_SSL_UNEXPECTED_RECORD: return alert::unexpected_message;
    case MBEDTLS_ERR_SSL_DECODE_ERROR: return alert::decode_error;
    case MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER: return alert::illegal_parameter;
    case MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION: return alert::protocol_version;
    case MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE: return alert::handshake_failure;
    case MBEDTLS_ERR_SSL_NO_APPLICATION_PROTOCOL: return alert::no_application_protocol;
    case MBEDTLS_ERR_SSL_UNSUPPORTED_EXTENSION: return alert::unsupported_extension;
    default: return is_certificate_error(code) ? alert::bad_certificate : alert::internal_error;
  }
}

Failure failure_from(const FailureFacts& facts) {
  const std::string peer = facts.peer_is_server ? "server" : "client";
  Failure failure{.code = facts.code,
                  .alert = facts.received_alert ? facts.received_alert : facts.sent_alert,
                  .alert_from_peer = facts.received_alert.has_value(),
                  .detail = likely_cause(facts, peer)};
  if (facts.received_alert && facts.first_bytes.size() > 2 && facts.first_bytes[0] == content_type::alert)
    failure.alert_record_version =
        static_cast<std::uint16_t>(facts.first_bytes[1] << 8 | facts.first_bytes[2]);
  if (!facts.received_alert && facts.excess.empty() && step_of(facts.code) == Step::failed) {
    std::array<char, 128> text{};
    mbedtls_strerror(facts.code, text.data(), text.size());
    failure.detail += std::string(" (") + text.data() + ")";
  }
  if (facts.renegotiation_refused) failure.detail += "; " + refused_renegotiation_note(facts.peer_is_server);
  return failure;
}

}  // namespace MAILTAP_TLS_ENGINE
}  // namespace mailtap::tls
