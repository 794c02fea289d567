// The old engine: TLS 1.0 and 1.1, and SSL 3 for who asks for it, by mbedTLS 2.28. docs/legacy.md says what
// that means and why it is off unless a route asks for it.
//
//   sessions.cpp         the two roles on top of tls/engine/mbedtls_session.cpp, compiled against 2.28's
//   headers main_engine_key.cpp  private keys stay with mbedTLS 3.6 mbedtls_*.h          2.28's
//   configuration, and what is put before two of its sources
//
// tls::make_client_session and make_server_session come here by the versions asked for; nobody else does.
#pragma once

#include <memory>

#include "tls/engine/parameters.h"

namespace mailtap::tls {

/// Once, while there is one thread.
void initialise_legacy();

/// A failed session where the identity's key isn't of RSA.
std::unique_ptr<Session> make_legacy_server_session(ServerParameters parameters);
std::unique_ptr<Session> make_legacy_client_session(ClientParameters parameters);

}  // namespace mailtap::tls
