// Where a connection was going that the firewall diverted here (Linux).
#pragma once

#include <optional>

#include "config/insertion.h"
#include "proxy/net/tcp_stream.h"

namespace mailtap::proxy::ingress {

/// TPROXY leaves it in place: it is the socket's own address. REDIRECT's is asked of connection tracking
/// (SO_ORIGINAL_DST, IP6T_SO_ORIGINAL_DST). Nothing: the connection wasn't diverted.
std::optional<net::Address> original_destination(const net::TcpStream& stream, config::Transparency how);

}  // namespace mailtap::proxy::ingress
