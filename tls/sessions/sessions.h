// Sessions of both engines and both roles.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "config/base/result.h"
#include "tls/abilities.h"
#include "tls/engine/parameters.h"
#include "tls/session.h"

namespace mailtap::tls {

/// Once, before the first session of the process.
Result<void> initialise();

/// The versions choose the engine. A session never judges a peer's certificate: it reports the chain,
/// certs::full_verdict says what it is worth.
std::unique_ptr<Session> make_server_session(ServerParameters parameters);
std::unique_ptr<Session> make_client_session(ClientParameters parameters);

/// Whether the identity's key signs a TLS 1.3 handshake by one of these schemes.
bool signs_tls13(const certs::Identity& identity, const std::vector<std::uint16_t>& schemes);

/// Those of `schemes` by which it signs one of any version.
std::vector<std::uint16_t> schemes_of(const certs::Identity& identity,
                                      const std::vector<std::uint16_t>& schemes);

/// What a client's session offers when nothing restricts it. `old_suites`: as in ClientParameters.
const Abilities& own_abilities(bool old_suites = false);

}  // namespace mailtap::tls
