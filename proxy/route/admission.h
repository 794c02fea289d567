// Whether a client may have a connection of a route.
#pragma once

#include <optional>
#include <vector>

#include "inspect/ending.h"
#include "proxy/net/address.h"
#include "proxy/route/limits.h"
#include "proxy/route/running_route.h"

namespace mailtap::proxy {

/// Each takes a place into `places`, or answers why there is none.
std::optional<inspect::Ending> admit_connection(const RunningRoute& route, std::vector<Place>& places);
std::optional<inspect::Ending> admit_client(const RunningRoute& route, const net::Address& client,
                                            std::vector<Place>& places);

}  // namespace mailtap::proxy
