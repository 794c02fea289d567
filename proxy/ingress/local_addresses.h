// The addresses of this machine.
#pragma once

#include <vector>

#include "proxy/net/address.h"

namespace mailtap::proxy::ingress {

/// Of every interface, IPv4 and IPv6; the ports are 0. Empty when the system doesn't tell.
std::vector<net::Address> local_addresses();

}  // namespace mailtap::proxy::ingress
