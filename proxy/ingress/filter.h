// What precedes a connection's own bytes (docs/inserting.md), one filter for each such thing that its route
// has:
//
//   PROXY header -> CONNECT -> the name in the client hello
//
// A filter is given what the client has sent so far, takes from the front what is for it, and answers:
// passed, need more, or a refusal. It knows no sockets.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "config/route.h"
#include "inspect/arrival.h"
#include "inspect/ending.h"
#include "proxy/ingress/sni_table.h"
#include "proxy/net/address.h"
#include "proxy/net/dialer.h"
#include "tls/client_hello.h"

namespace mailtap::proxy::ingress {

/// What is known of a connection that comes in.
struct Incoming {
  net::Address client;                    ///< the real one
  net::Address destination;               ///< what it connected to
  config::Endpoint target;                ///< the upstream
  bool told_by_proxy = false;             ///< a PROXY header told of the two addresses
  bool wants_tunnel = false;              ///< it waits for the answer to CONNECT
  std::optional<tls::ClientHello> hello;  ///< at the beginning of what follows
};

/// Why a connection ends here.
struct Refusal {
  inspect::Ending ending;
  Buffer words;  ///< for the client, as they are; empty: it is told nothing
};

class Filter {
 public:
  virtual ~Filter() = default;
  /// `bytes`: all that has come and belongs to nobody yet. True: passed. False: there is more to come.
  virtual tl::expected<bool, Refusal> read(Buffer& bytes, Incoming& incoming) = 0;
  // The end, in its middle:
  virtual Refusal client_left() const = 0;
  virtual Refusal timed_out() const = 0;
  virtual Refusal stopped(const inspect::Ending& why) const { return {why, {}}; }
};

/// Does the route have more to it than one client and one upstream?
bool is_needed(const config::Route& route, const SniTable& names);
/// How the route's connections come: "direct", "connect", "sni", "redirect", "tproxy".
inspect::Arrival::Way way_of(const config::Ingress& how);

/// A PROXY header is required of those who send them: were it left out, they would speak for their clients
/// unseen. `peer` is at the other end of the stream.
bool expects_proxy_header(const config::Ingress& how, const net::Address& peer);
std::unique_ptr<Filter> make_proxy_header_filter();
/// What follows the PROXY header, first to last. `route` and `names` outlive the filters.
std::vector<std::unique_ptr<Filter>> make_filters(const config::Route& route, const SniTable& names);

// For a client that waits for the answer to CONNECT: what a person sees of a proxy that refuses.
Buffer tunnel_refusal(const net::DialFailure& why, const config::Endpoint& target);
Buffer shutdown_refusal();

}  // namespace mailtap::proxy::ingress
