// Alerts (RFC 8446 section 6, with TLS 1.2's own from RFC 5246 section 7.2): their names and what they mean.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "tls/numbers.h"

namespace mailtap::tls {

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
/// certificate and was shown none: it may demand one". `wanted_keys`: as in Agreed.
std::string client_certificate_note(bool is_shown, const std::string& wanted_keys);
/// Why there was none to show though there is one, to be appended; `wanted_keys` is empty: nothing.
std::string why_withheld(const std::string& wanted_keys);

/// Of a peer that was told no_renegotiation. (A client is always told it, a server that doesn't speak RFC
/// 5746.)
std::string refused_renegotiation_note(bool is_server);

}  // namespace mailtap::tls
