// The verdict on a server's chain, as every mode comes to it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "inspect/record.h"
#include "proxy/running_route.h"
#include "proxy/worker_services.h"

namespace mailtap::proxy {

/// What `chain` is judged by: the route's trust store, with the revocation lists that are known by now if the
/// route wants them. What was looked up goes into `record`.
std::shared_ptr<const certs::TrustStore> look_up(WorkerServices& services, const RunningRoute& route,
                                                 const std::string& name, const std::vector<Buffer>& chain,
                                                 inspect::Connection& record);

/// The verdict goes into `record`.
void judge(WorkerServices& services, const RunningRoute& route, const std::string& name,
           const std::vector<Buffer>& chain, const certs::TrustStore& by, inspect::VerdictSource source,
           inspect::Connection& record);

}  // namespace mailtap::proxy
