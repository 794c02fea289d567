// Where a connection was going that the firewall diverted here (Linux).
#pragma once

#include <optional>

#include "config/base/result.h"
#include "config/ingress.h"
#include "proxy/net/address.h"

namespace mailtap::proxy::ingress {

/// TPROXY leaves it in place: it is the socket's own address. REDIRECT's is asked of connection tracking
/// (SO_ORIGINAL_DST, IP6T_SO_ORIGINAL_DST). Nothing: the connection wasn't diverted. `socket` is a
/// connection's, `local` its own end's address.
std::optional<net::Address> original_destination(int socket, const net::Address& local,
                                                 config::Transparency how);

/// Whether this system diverts connections at all; else the error says what to do instead.
Result<void> can_be_diverted_to();

}  // namespace mailtap::proxy::ingress
