// Which application protocols are carried over.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace mailtap::proxy {

/// Of what the client offers (RFC 7301), what mailtap relays and its taps can follow, in the client's order,
/// each once. HTTP/2 is left out: a client that offers it offers HTTP/1.1 as well, which every mail server
/// speaks.
inline std::vector<std::string> relayable_alpn(const std::vector<std::string>& offered) {
  static constexpr std::array<std::string_view, 6> known{"http/1.1", "http/1.0",    "imap",
                                                         "pop3",     "managesieve", "smtp"};
  std::vector<std::string> relayed;
  const auto is_in = [](const auto& list, std::string_view one) {
    return std::find(list.begin(), list.end(), one) != list.end();
  };
  for (const auto& one : offered)
    if (is_in(known, one) && !is_in(relayed, one)) relayed.push_back(one);
  return relayed;
}

}  // namespace mailtap::proxy
