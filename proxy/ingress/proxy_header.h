// The PROXY protocol's header, versions 1 and 2, with which a load balancer tells whose connection it passes
// on (HAProxy's doc/proxy-protocol.txt; sections named below are its).
#pragma once

#include <optional>

#include "config/base/bytes.h"
#include "config/base/result.h"
#include "config/ingress.h"
#include "proxy/net/address.h"

namespace mailtap::proxy::ingress {

struct ProxyHeader {
  struct Ends {
    net::Address source;       ///< the client
    net::Address destination;  ///< what it connected to
  };
  /// Nothing: the sender speaks for itself (LOCAL, as a health check does) or doesn't know (UNKNOWN,
  /// AF_UNIX): the connection's own addresses hold.
  std::optional<Ends> ends;
  std::size_t size = 0;  ///< bytes of the stream that it took
};

/// A header of version 2 that is longer than this is refused: addresses take 36 bytes, a client certificate
/// in a TLV a few thousand.
inline constexpr std::size_t max_proxy_header = std::size_t{8} * 1024;

/// `stream`: all bytes received so far. Nothing: more are needed. Error: this is no header, or a wrong one;
/// the message says in which way.
Result<std::optional<ProxyHeader>> parse_proxy_header(Bytes stream);

/// A header to send: of `source` and `destination`, one family being written as the other's if they differ.
/// Unset addresses make an UNKNOWN (version 1) or LOCAL (version 2) header.
Buffer make_proxy_header(config::ProxyVersion version, const net::Address& source,
                         const net::Address& destination);

/// CRC-32C (Castagnoli), as PP2_TYPE_CRC32C has it (section 2.2.3).
std::uint32_t crc32c(Bytes bytes);

}  // namespace mailtap::proxy::ingress
