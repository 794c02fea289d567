// What a client says to log in: within SASL (RFC 4422) by AUTH (RFC 4954, 5034) and AUTHENTICATE (RFC 9051
// section 6.2.2), and in IMAP's LOGIN.
#pragma once

#include <string_view>

#include "config/base/text.h"

namespace mailtap::inspect {

/// Whether an initial response, or the answer to a challenge, brings something to log in with, whatever the
/// mechanism. Not so: nothing, "=" (an empty initial response), "*" (the client gives up), and NTLM's
/// NEGOTIATE message
/// ([MS-NLMP] 2.2.1.1), which only opens the talk. `response` in base64, as sent.
inline bool carries_credentials(std::string_view response) {
  constexpr std::string_view ntlm_negotiate = "TlRMTVNTUAAB";  // "NTLMSSP" NUL 1
  const auto begin = response.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return false;
  response = response.substr(begin, response.find_last_not_of(" \t") + 1 - begin);
  return response != "=" && response != "*" && !response.starts_with(ntlm_negotiate);
}

/// What the client says in one authentication, a message after another.
class SaslClient {
 public:
  /// Of no mechanism: whatever is said may be something to log in with.
  SaslClient() = default;
  explicit SaslClient(std::string_view mechanism) {
    const auto is = [&](std::string_view name) { return equal_ignoring_case(mechanism, name); };
    // Without a secret, or with none that whoever reads it could use: tickets.
    if (is("ANONYMOUS") || is("EXTERNAL") || is("GSSAPI")) secret_ = Secret::none;
    // First the user's name (draft-murchison-sasl-login), with a nonce (RFC 5802), or NTLM's NEGOTIATE in
    // SPNEGO.
    if (is("LOGIN") || equal_ignoring_case(mechanism.substr(0, 6), "SCRAM-") || is("GSS-SPNEGO"))
      secret_ = Secret::after_first;
  }

  /// Whether the client's next message brings something to log in with.
  bool brings_credentials(std::string_view response) {
    if (!carries_credentials(response)) return false;
    const bool first = !spoken_;
    spoken_ = true;
    return secret_ == Secret::any || (secret_ == Secret::after_first && !first);
  }

 private:
  enum class Secret { none, after_first, any };
  Secret secret_ = Secret::any;
  bool spoken_ = false;
};

/// Whether the arguments of IMAP's LOGIN (RFC 9051 section 6.2.3) have a second that isn't empty: the
/// password. A literal that is sent unasked (RFC 7888) follows, one that is waited for doesn't.
inline bool login_brings_password(std::string_view arguments) {
  const auto follows = [&] { return arguments.ends_with("+}"); };
  if (arguments.starts_with('{')) return follows();
  auto end = arguments.find(' ');
  if (arguments.starts_with('"')) {
    end = 1;
    while (end < arguments.size() && arguments[end] != '"') end += arguments[end] == '\\' ? 2 : 1;
    ++end;
  }
  if (end >= arguments.size()) return false;
  const auto begin = arguments.find_first_not_of(' ', end);
  if (begin == std::string_view::npos) return false;
  const auto password = arguments.substr(begin);
  if (password.starts_with('{')) return follows() && password != "{0+}";
  return password != "\"\"";
}

}  // namespace mailtap::inspect
