// Alerts by number (RFC 8446 section 6, with TLS 1.2's own from RFC 5246 section 7.2).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace mailtap::tls {

namespace alert {
inline constexpr int close_notify = 0;
inline constexpr int unexpected_message = 10;
inline constexpr int bad_record_mac = 20;
inline constexpr int record_overflow = 22;
inline constexpr int handshake_failure = 40;
inline constexpr int bad_certificate = 42;
inline constexpr int unsupported_certificate = 43;
inline constexpr int certificate_revoked = 44;
inline constexpr int certificate_expired = 45;
inline constexpr int certificate_unknown = 46;
inline constexpr int illegal_parameter = 47;
inline constexpr int unknown_ca = 48;
inline constexpr int access_denied = 49;
inline constexpr int decode_error = 50;
inline constexpr int decrypt_error = 51;
inline constexpr int protocol_version = 70;
inline constexpr int insufficient_security = 71;
inline constexpr int internal_error = 80;
inline constexpr int inappropriate_fallback = 86;
inline constexpr int user_canceled = 90;
inline constexpr int no_renegotiation = 100;
inline constexpr int missing_extension = 109;
inline constexpr int unsupported_extension = 110;
inline constexpr int unrecognized_name = 112;
inline constexpr int certificate_required = 116;
inline constexpr int no_application_protocol = 120;
}  // namespace alert

/// The record of a fatal alert that is sent before there is any key, in answer to a hello (RFC 8446 section
/// 5.1). `is_legacy`: the client knows nothing newer than TLS 1.1, and its record layer is told TLS 1.0.
std::array<std::uint8_t, 7> plaintext_alert(int description, bool is_legacy);

/// "unknown_ca"; empty for a number that no RFC gives a name.
std::string_view alert_name(int description);

/// "unknown_ca (48)", or "alert 200" without a name.
std::string alert_text(int description);

/// What a peer means by sending it, where that is certain: "it doesn't trust the certificate's issuer".
/// Empty where it isn't.
std::string_view alert_meaning(int description);

/// Of a server that ends a connection after its question for a client certificate: "it had asked for a client
/// certificate and was shown none: it may demand one".
std::string client_certificate_note(bool is_shown);

/// Of a peer that was told no_renegotiation. (A client is always told it, a server that doesn't speak RFC
/// 5746.)
std::string refused_renegotiation_note(bool is_server);

}  // namespace mailtap::tls
