// What the router is shown: one Presenter a route, made from its settings before the listener opens.
//
//   own      a certificate that the route is given, by SNI and key type       own_presenter.h
//   issue    a leaf of the local CA for the configured name                   issuing_presenter.h
//   mirror   the upstream's chain again, faults included, with our keys       mirror_presenter.h
//
// Below them: local_ca.h (the CA), builder.h (certificates and lists from plain structs), mirror.h and
// raw_certificate.h (a chain repeated), private_key.h and key_pool.h (keys), made_once.h (a cache), and for
// `mailtap ca` certificate_request.h and pfx.h.
//
// docs/presentation.md says it for users.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "certs/issue/made_once.h"
#include "certs/model/identity_ptr.h"
#include "config/base/bytes.h"

namespace mailtap::config {
struct Route;
}

namespace mailtap::certs {

class LocalCa;

/// What is known of a connection when its presented certificate is chosen.
struct PresentationRequest {
  std::string sni;                     ///< from the client hello; may be empty
  std::string name;                    ///< the configured name
  std::vector<Buffer> upstream_chain;  ///< DER, leaf first; only mirror looks at it
  bool upstream_trusted = false;       ///< the verdict on it; only mirror with a local CA looks at it
  bool client_verifies_ecdsa = true;   ///< its signature_algorithms and cipher suites allow an ECDSA leaf
  /// It has no use for one kind of leaf. Mirror looks at both, since its server chose by mailtap's hello, own
  /// at the second.
  bool client_lacks_ecdsa = false;
  bool client_lacks_rsa = false;
  /// The client's list; own and mirror look at it, for keys of kinds that few clients know.
  std::vector<std::uint16_t> signature_algorithms;
  /// In TLS 1.2: its groups, which are the curves of certificates too; mirror looks at them.
  std::vector<std::uint16_t> curves;
  /// Its suites go with a signing key of that kind: TLS 1.3's with any.
  bool client_has_ecdsa_suite = true;
  bool client_has_rsa_suite = true;
};

/// Thread-safe: all workers share a route's.
class Presenter {
 public:
  /// Reads and checks every file that the route names. An error names file and option and says what to do.
  /// `published_at`: the URL under which mailtap serves the local CA's CRL; empty: nowhere.
  static Result<std::shared_ptr<Presenter>> make(const config::Route& route,
                                                 const std::string& published_at = {});
  virtual ~Presenter() = default;

  /// False: the certificate is known without the upstream's, so both handshakes may run at once.
  virtual bool needs_upstream_chain() const = 0;
  /// The certificate, if it can be had in microseconds (given, or cached).
  virtual IdentityPtr present_at_once(const PresentationRequest& request) = 0;
  /// The certificate; may make a key and a signature, so not on the event loop.
  virtual Result<IdentityPtr> present(const PresentationRequest& request) = 0;

  /// Mirror: what of this upstream's chain the presented one can't repeat, as phrases for the log. Known once
  /// it was presented; empty in the other modes.
  virtual std::vector<std::string> not_repeated(const PresentationRequest& /*request*/) { return {}; }
  /// The CA that signs what it presents; null: none does.
  virtual std::shared_ptr<const LocalCa> local_ca() const { return nullptr; }
  /// Of the cache of presented certificates; zeros where there is none.
  virtual CacheCounters counters() const { return {}; }

 protected:
  Presenter() = default;
};

}  // namespace mailtap::certs
