// What a scenario means for this project's own sessions.
#pragma once

#include "bench/tool/scenario.h"
#include "tls/engine/parameters.h"

namespace mailtap::bench {

/// Exactly the scenario's version, AES-256-GCM, and the group of its key exchange: P-256 for TLS 1.2, X25519
/// for TLS 1.3.
tls::ClientParameters client_parameters(const Scenario& scenario);
/// Without identity and tickets.
tls::ServerParameters server_parameters(const Scenario& scenario);

}  // namespace mailtap::bench
