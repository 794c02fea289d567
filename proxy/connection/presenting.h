// The certificate that a client is shown: asked for by what is known of the connection, and made beside
// the loop, where making it takes milliseconds.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "certs/issue/presenter.h"
#include "proxy/net/background.h"
#include "proxy/route/running_route.h"
#include "tls/client_hello.h"
#include "tls/numbers.h"

namespace mailtap::proxy {

// `newest`: the version that its leg comes to at most, where that is known.

/// The client can check the signature of an ECDSA leaf on P-256.
bool verifies_ecdsa(const tls::ClientHello& hello, std::uint16_t newest = tls::version::tls13);

/// None of its suites and signature algorithms goes with an ECDSA leaf, on whatever curve, or with an RSA
/// leaf.
bool lacks_ecdsa(const tls::ClientHello& hello, std::uint16_t newest = tls::version::tls13);
bool lacks_rsa(const tls::ClientHello& hello, std::uint16_t newest = tls::version::tls13);

/// A suite goes with a key that signs as one of that kind: in TLS 1.3 each does.
bool has_suite_for_ecdsa(const tls::ClientHello& hello, std::uint16_t newest = tls::version::tls13);
bool has_suite_for_rsa(const tls::ClientHello& hello, std::uint16_t newest = tls::version::tls13);

/// It lists a suite of TLS 1.2 with ECDHE.
bool has_ecdhe_suite(const tls::ClientHello& hello);

/// Nothing that the server has yet to say may change what the client is told: both handshakes may run at
/// once.
bool may_present_early(const RunningRoute& route, const tls::ClientHello& hello);

/// One certificate in the making. Its owner may destroy it at any time: the work then goes on without it, and
/// nobody is told.
class Presenting {
 public:
  /// Called on the loop, once. It may destroy the Presenting.
  using Done = std::function<void(const Result<certs::IdentityPtr>& identity)>;

  Presenting(net::Background& background, RunningRoutePtr route, certs::PresentationRequest request,
             Done done);
  Presenting(const Presenting&) = delete;
  Presenting& operator=(const Presenting&) = delete;

 private:
  std::unique_ptr<net::Background::Task> task_;
};

}  // namespace mailtap::proxy
