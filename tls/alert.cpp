#include "tls/alert.h"

#include <algorithm>
#include <array>

namespace mailtap::tls {

namespace {

struct Alert {
  int description;
  std::string_view name;
  std::string_view meaning;
};

constexpr std::array table = {
    Alert{alert::close_notify, "close_notify", ""},
    Alert{alert::unexpected_message, "unexpected_message", ""},
    Alert{alert::bad_record_mac, "bad_record_mac", "a record reached it damaged"},
    Alert{alert::decryption_failed, "decryption_failed", "a record reached it damaged"},
    Alert{alert::record_overflow, "record_overflow", ""},
    Alert{alert::decompression_failure, "decompression_failure", ""},
    Alert{alert::handshake_failure, "handshake_failure",
          "it found no common cipher suite, group or signature algorithm"},
    Alert{alert::no_certificate, "no_certificate", "it has no certificate to show"},
    Alert{alert::bad_certificate, "bad_certificate", "it refuses the certificate"},
    Alert{alert::unsupported_certificate, "unsupported_certificate", "it refuses certificates of this kind"},
    Alert{alert::certificate_revoked, "certificate_revoked", "the certificate is revoked"},
    Alert{alert::certificate_expired, "certificate_expired",
          "the certificate is expired or not yet valid by its clock"},
    Alert{alert::certificate_unknown, "certificate_unknown", "it refuses the certificate"},
    Alert{alert::illegal_parameter, "illegal_parameter", ""},
    Alert{alert::unknown_ca, "unknown_ca", "it doesn't trust the issuer of the certificate"},
    Alert{alert::access_denied, "access_denied", "the certificate is valid and not allowed in"},
    Alert{alert::decode_error, "decode_error", ""},
    Alert{alert::decrypt_error, "decrypt_error", "a signature or key confirmation failed"},
    Alert{alert::export_restriction, "export_restriction", ""},
    Alert{alert::protocol_version, "protocol_version", "it doesn't speak any TLS version that was offered"},
    Alert{alert::insufficient_security, "insufficient_security", "it demands stronger cipher suites"},
    Alert{alert::internal_error, "internal_error", ""},
    Alert{alert::inappropriate_fallback, "inappropriate_fallback", "it speaks something newer"},
    Alert{alert::user_canceled, "user_canceled", "it gave up on purpose"},
    Alert{alert::no_renegotiation, "no_renegotiation", ""},
    Alert{alert::missing_extension, "missing_extension", ""},
    Alert{alert::unsupported_extension, "unsupported_extension", ""},
    Alert{alert::certificate_unobtainable, "certificate_unobtainable", ""},
    Alert{alert::unrecognized_name, "unrecognized_name", "it has no site of the name in the SNI"},
    Alert{alert::bad_certificate_status_response, "bad_certificate_status_response", ""},
    Alert{alert::bad_certificate_hash_value, "bad_certificate_hash_value", ""},
    Alert{alert::unknown_psk_identity, "unknown_psk_identity", ""},
    Alert{alert::certificate_required, "certificate_required", "it demands a client certificate"},
    Alert{alert::no_application_protocol, "no_application_protocol",
          "it speaks none of the ALPN protocols that were offered"},
};

const Alert* find(int description) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const Alert& entry) { return entry.description == description; });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace

std::array<std::uint8_t, 7> plaintext_alert(int description, bool is_legacy) {
  const std::uint8_t minor_version = is_legacy ? 1 : 3;
  return {content_type::alert,
          3,
          minor_version,
          0,
          2,
          alert_level::fatal,
          static_cast<std::uint8_t>(description)};
}

std::string_view alert_name(int description) {
  const auto* entry = find(description);
  return entry == nullptr ? std::string_view{} : entry->name;
}

std::string alert_text(int description) {
  const auto name = alert_name(description);
  const auto number = std::to_string(description);
  return name.empty() ? "alert " + number : std::string(name) + " (" + number + ")";
}

std::string client_certificate_note(bool is_shown, const std::string& wanted_keys) {
  return "it had asked for a client certificate and was shown " +
         (is_shown ? "the route's" : "none" + why_withheld(wanted_keys) + ": it may demand one");
}

std::string why_withheld(const std::string& wanted_keys) {
  if (wanted_keys.empty()) return {};
  return ", as the key of client-cert can't sign in any way that it lists (for keys of: " + wanted_keys + ")";
}

std::string refused_renegotiation_note(bool is_server) {
  const std::string alert = "was refused with " + alert_text(alert::no_renegotiation);
  return is_server ? "the server had asked for a renegotiation without RFC 5746's protection, which " + alert
                   : "the client had asked for a renegotiation, which " + alert;
}

std::string_view alert_meaning(int description) {
  const auto* entry = find(description);
  return entry == nullptr ? std::string_view{} : entry->meaning;
}

}  // namespace mailtap::tls
