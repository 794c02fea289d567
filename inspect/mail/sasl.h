// What a client says within SASL (RFC 4422) by AUTH (RFC 4954, 5034) and AUTHENTICATE (RFC 9051
// section 6.2.2).
#pragma once

#include <string_view>

namespace mailtap::inspect {

/// Whether an initial response, or the answer to a challenge, brings something to log in with. Not so:
/// nothing,
/// "=" (an empty initial response), "*" (the client gives up), and NTLM's NEGOTIATE message
/// ([MS-NLMP] 2.2.1.1), which only opens the talk. `response` in base64, as sent.
inline bool carries_credentials(std::string_view response) {
  constexpr std::string_view ntlm_negotiate = "TlRMTVNTUAAB";  // "NTLMSSP" NUL 1
  const auto begin = response.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return false;
  response = response.substr(begin, response.find_last_not_of(" \t") + 1 - begin);
  return response != "=" && response != "*" && !response.starts_with(ntlm_negotiate);
}

}  // namespace mailtap::inspect
