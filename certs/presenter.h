// What the router is shown: one Presenter a route, made from its settings before the listener opens.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "certs/identity.h"
#include "config/settings.h"

namespace mailtap::certs {

/// What is known of a connection when its presented certificate is chosen.
struct PresentationRequest {
  std::string sni;                     ///< from the client hello; may be empty
  std::string name;                    ///< the configured name
  std::vector<Buffer> upstream_chain;  ///< DER, leaf first; only mirror looks at it
  bool client_verifies_ecdsa = true;   ///< its signature_algorithms and cipher suites allow an ECDSA leaf
};

/// Thread-safe: all workers share a route's.
class Presenter {
 public:
  /// Reads and checks every file that the route names. An error names file and option and says what to do.
  static Result<std::shared_ptr<Presenter>> make(const config::Route& route);
  virtual ~Presenter() = default;

  /// False: the certificate is known without the upstream's, so both handshakes may run at once.
  virtual bool needs_upstream_chain() const = 0;
  /// The certificate, if it can be had in microseconds (given, or cached).
  virtual IdentityPtr present_at_once(const PresentationRequest& request) = 0;
  /// The certificate; may make a key and a signature, so not on the event loop.
  virtual Result<IdentityPtr> present(const PresentationRequest& request) = 0;

 protected:
  Presenter() = default;
};

}  // namespace mailtap::certs
