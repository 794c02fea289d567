// Which application protocols are carried over.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace mailtap::proxy {

/// Of what the client offers (RFC 7301), what mailtap relays and its taps can follow, in the client's order.
/// HTTP/2 is left out: a client that offers it offers HTTP/1.1 as well, which every mail server speaks.
inline std::vector<std::string> relayable_alpn(const std::vector<std::string>& offered) {
  static constexpr std::array<std::string_view, 6> known{"http/1.1", "http/1.0",    "imap",
                                                         "pop3",     "managesieve", "smtp"};
  std::vector<std::string> relayed;
  std::copy_if(offered.begin(), offered.end(), std::back_inserter(relayed),
               [](const auto& one) { return std::find(known.begin(), known.end(), one) != known.end(); });
  return relayed;
}

}  // namespace mailtap::proxy
