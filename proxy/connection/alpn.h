// Which application protocols are carried over.
#pragma once

#include <string>
#include <vector>

#include "config/route.h"

namespace mailtap::proxy {

/// Of what the client offers (RFC 7301), what the server is offered: all of it, or what the route's `alpn`
/// allows, in the client's order, each once. The server chooses, and the client hears its choice. A name that
/// isn't of visible characters is left out, and so is what comes after the first few.
std::vector<std::string> relayable_alpn(const std::vector<std::string>& offered, const config::Route& route);

}  // namespace mailtap::proxy
