#include "proxy/ingress/own_listeners.h"

#include <algorithm>

#include "config/values.h"
#include "proxy/ingress/local_addresses.h"

namespace mailtap::proxy::ingress {

namespace {

bool is_unspecified(const net::Address& address) {
  constexpr std::array<std::uint8_t, 16> none{};
  constexpr std::array<std::uint8_t, 16> none_v4{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  const auto host = address.host_key();
  return host == none || host == none_v4;
}

}  // namespace

void OwnListeners::set(const std::vector<std::string>& listeners) {
  listeners_.clear();
  for (const auto& text : listeners) {
    const auto endpoint = config::parse_listen_address(text);
    if (!endpoint) continue;
    const auto address = net::Address::parse(endpoint->host == "*" ? "::" : endpoint->host, endpoint->port);
    if (address) listeners_.push_back({*address, is_unspecified(*address)});
  }
}

bool OwnListeners::contains(const net::Address& address) const {
  return std::any_of(listeners_.begin(), listeners_.end(), [&](const Listener& own) {
    if (own.address.port() != address.port()) return false;
    return own.is_any ? is_local(address) : own.address.host_key() == address.host_key();
  });
}

bool is_local(const net::Address& address) {
  const auto host = address.host_key();
  constexpr std::uint8_t loopback_v4 = 127;  // all of 127.0.0.0/8
  if (is_unspecified(address)) return true;  // connects to this machine
  if (host[10] == 0xFF && host[11] == 0xFF && host[12] == loopback_v4) return true;
  const auto addresses = local_addresses();
  return std::any_of(addresses.begin(), addresses.end(),
                     [&](const net::Address& one) { return one.host_key() == host; });
}

}  // namespace mailtap::proxy::ingress
