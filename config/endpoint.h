// Where to connect to, or where to listen.
#pragma once

#include <cstdint>
#include <string>

namespace mailtap::config {

/// A host and a port: the host may be a name, an IPv4 or an IPv6 address (no brackets). A listener's is an
/// address, or "*" for all addresses, IPv4 and IPv6; its port may be 0 for any free one.
struct Endpoint {
  std::string host;
  std::uint16_t port = 0;

  /// HOST:PORT, with brackets around an IPv6 address.
  std::string to_string() const;
  bool operator==(const Endpoint&) const = default;
};

}  // namespace mailtap::config
