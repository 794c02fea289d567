// How connections come to a route, and by which of its upstreams they leave (docs/inserting.md).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"
#include "config/endpoint.h"
#include "config/enums.h"

namespace mailtap::config {

/// 10.0.0.0/8, 2001:db8::/32, or one address.
struct Network {
  std::array<std::uint8_t, 16> address{};  ///< IPv4 as IPv4-mapped, as net::Address::host_key has it
  unsigned bits = 128;                     ///< of those that count

  bool contains(const std::array<std::uint8_t, 16>& host) const;
  bool operator==(const Network&) const = default;
};
Result<Network> parse_network(std::string_view text);
bool contains(const std::vector<Network>& networks, const std::array<std::uint8_t, 16>& host);

/// A name that clients ask for, or all below one ("*.corp.example"), and where those connections go.
struct SniRoute {
  std::string pattern;  ///< lower-case
  Endpoint upstream;
  bool operator==(const SniRoute&) const = default;
};
/// NAME=HOST:PORT.
Result<SniRoute> parse_sni_route(std::string_view text);

/// A DNS name as a client hello may have it (RFC 6066 section 3): labels of letters, digits, hyphens and
/// underscores, at most 63 bytes each and 253 in all, no dot at the end, and no IP address.
bool is_dns_name(std::string_view text);

/// What CONNECT may ask for.
struct Destination {
  std::string host;         ///< a name, "*.corp.example", or empty: any. Lower-case
  std::vector<Network> in;  ///< or a network (one or none): of literal addresses alone
  std::uint16_t port = 0;   ///< 0: any of mail_ports

  bool operator==(const Destination&) const = default;
};
/// HOST, HOST:PORT, :PORT; HOST may be a name, *.NAME, an address or a network.
Result<Destination> parse_destination(std::string_view text);

/// Where mail is served: what CONNECT may ask for unless connect-allow says otherwise.
inline constexpr std::array<std::uint16_t, 8> mail_ports{443, 465, 587, 993, 995, 25, 143, 110};

/// `allowed` empty: every host on mail_ports.
bool is_allowed(const std::vector<Destination>& allowed, const Endpoint& destination);

struct Ingress {
  std::vector<Network> allow_from;  ///< clients; none: any
  std::vector<SniRoute> sni_routes;
  bool connect_proxy = false;
  std::vector<Destination> connect_allow;
  Transparency transparent = Transparency::none;
  bool proxy_protocol = false;
  std::vector<Network> proxy_protocol_from;  ///< who sends headers; none: this machine
  ProxyVersion send_proxy_protocol = ProxyVersion::none;

  /// Every connection goes to the one upstream, and begins with what the client says.
  bool is_direct() const { return !connect_proxy && !proxy_protocol && transparent == Transparency::none; }
  /// The client, or the network, says which upstream it is.
  bool finds_upstream() const { return connect_proxy || transparent != Transparency::none; }
};

}  // namespace mailtap::config
