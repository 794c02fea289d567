// The verdict on a server's chain, as every mode comes to it, and what follows from it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "inspect/record.h"
#include "proxy/connection/policy.h"
#include "proxy/connection/worker_services.h"
#include "proxy/route/running_route.h"

namespace mailtap::proxy {

/// The name that the certificate must have: the route's, else that of CONNECT, else the client's SNI.
/// `target`: the upstream.
std::string configured_name(const config::Route& route, const config::Endpoint& target,
                            const std::string& sni);

/// What `chain` is verified against: the route's trust store, with the revocation lists that are known by now
/// if the route wants them. What was looked up goes into `record`.
std::shared_ptr<const certs::TrustStore> look_up(WorkerServices& services, const RunningRoute& route,
                                                 const std::string& name, const std::vector<Buffer>& chain,
                                                 inspect::Connection& record);

/// The verdict goes into `record`.
void verify(WorkerServices& services, const RunningRoute& route, const std::string& name,
            const std::vector<Buffer>& chain, const certs::TrustStore& by, inspect::VerdictSource source,
            inspect::Connection& record);

/// Whether the connection goes on with the server of record.verdict: by the route's policy and what its pin
/// file has for `name`, which remembers a key that is new to it. What let it go on goes into `record`.
Decision decide_on(const RunningRoute& route, const std::string& name, inspect::Connection& record);

}  // namespace mailtap::proxy
