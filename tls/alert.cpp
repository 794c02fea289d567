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
    Alert{0, "close_notify", ""},
    Alert{10, "unexpected_message", ""},
    Alert{20, "bad_record_mac", "a record reached it damaged"},
    Alert{21, "decryption_failed", "a record reached it damaged"},
    Alert{22, "record_overflow", ""},
    Alert{30, "decompression_failure", ""},
    Alert{40, "handshake_failure", "it found no common cipher suite, group or signature algorithm"},
    Alert{41, "no_certificate", "it has no certificate to show"},
    Alert{42, "bad_certificate", "it refuses the certificate"},
    Alert{43, "unsupported_certificate", "it refuses certificates of this kind"},
    Alert{44, "certificate_revoked", "the certificate is revoked"},
    Alert{45, "certificate_expired", "the certificate is expired or not yet valid by its clock"},
    Alert{46, "certificate_unknown", "it refuses the certificate"},
    Alert{47, "illegal_parameter", ""},
    Alert{48, "unknown_ca", "it doesn't trust the issuer of the certificate"},
    Alert{49, "access_denied", "the certificate is valid and not allowed in"},
    Alert{50, "decode_error", ""},
    Alert{51, "decrypt_error", "a signature or key confirmation failed"},
    Alert{60, "export_restriction", ""},
    Alert{70, "protocol_version", "it doesn't speak any TLS version that was offered"},
    Alert{71, "insufficient_security", "it demands stronger cipher suites"},
    Alert{80, "internal_error", ""},
    Alert{86, "inappropriate_fallback", ""},
    Alert{90, "user_canceled", "it gave up on purpose"},
    Alert{100, "no_renegotiation", ""},
    Alert{109, "missing_extension", ""},
    Alert{110, "unsupported_extension", ""},
    Alert{111, "certificate_unobtainable", ""},
    Alert{112, "unrecognized_name", "it has no site of the name in the SNI"},
    Alert{113, "bad_certificate_status_response", ""},
    Alert{114, "bad_certificate_hash_value", ""},
    Alert{115, "unknown_psk_identity", ""},
    Alert{116, "certificate_required", "it demands a client certificate"},
    Alert{120, "no_application_protocol", "it speaks none of the ALPN protocols that were offered"},
};

const Alert* find(int description) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const Alert& entry) { return entry.description == description; });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace

std::array<std::uint8_t, 7> plaintext_alert(int description, bool is_legacy) {
  constexpr std::uint8_t alert = 21, fatal = 2;
  const std::uint8_t minor_version = is_legacy ? 1 : 3;
  return {alert, 3, minor_version, 0, 2, fatal, static_cast<std::uint8_t>(description)};
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

std::string client_certificate_note(bool is_shown) {
  return std::string("it had asked for a client certificate and was shown ") +
         (is_shown ? "the route's" : "none: it may demand one");
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
