// Which name a server's certificate must have, and what follows from the verdict on it.
#pragma once

#include <string>

#include "proxy/route/policy.h"
#include "proxy/route/running_route.h"

namespace mailtap::inspect {
struct ConnectionRecord;  // inspect/record.h
}

namespace mailtap::proxy {

/// The name that the certificate must have: the route's, else that of CONNECT, else the client's SNI.
/// `target`: the upstream.
std::string configured_name(const config::Route& route, const config::Endpoint& target,
                            const std::string& sni);

/// Whether the connection goes on with the server of record.verdict: by the route's policy and what its pin
/// file has for `name`, which remembers a key that is new to it. What let it go on goes into `record`.
Decision decide_on(const RunningRoute& route, const std::string& name, inspect::ConnectionRecord& record);

}  // namespace mailtap::proxy
