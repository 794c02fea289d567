// Why a connection ended.
#pragma once

#include <string>
#include <string_view>

namespace mailtap::inspect {

/// Why a connection ended. Exactly one, the first that happened.
enum class Reason {
  closed,     ///< both sides finished in order
  truncated,  ///< a side's TCP stream ended without close_notify
  reset,      ///< a side reset its TCP connection
  no_data,    ///< connected and left without a byte: a health check or a port scan
  not_tls,    ///< the first bytes are no client hello
  hello_timeout,
  resolve_failed,
  connect_failed,
  connect_timeout,
  starttls_not_offered,  ///< the server doesn't offer STARTTLS, and the route doesn't allow plaintext
  starttls_refused,      ///< the same, when the server answered STARTTLS with a no
  starttls_not_used,     ///< it ended before the client had asked for TLS
  starttls_timeout,
  plaintext_injected,  ///< plaintext where, by STARTTLS, only TLS may follow
  plaintext_error,     ///< what was said before TLS isn't the protocol, or too much
  upstream_handshake_failed,
  upstream_handshake_timeout,
  downstream_handshake_failed,
  downstream_handshake_timeout,
  refused_untrusted,    ///< the route requires a trusted upstream, or a pin, and it isn't
  presentation_failed,  ///< no certificate could be made to present
  tls_error,            ///< a record that can't be decrypted, a fatal alert after the handshake
  idle_timeout,
  limit_per_source,
  limit_per_route,
  out_of_descriptors,
  client_refused,    ///< the client isn't one of those that the route serves
  proxy_header_bad,  ///< no PROXY header where one is required, or a wrong one
  connect_refused,   ///< no CONNECT request, or one that isn't allowed
  unknown_name,      ///< no upstream for the name that the client asks for
  loop,              ///< it would have come back to mailtap itself
  shutdown,          ///< mailtap was told to stop and the drain deadline passed
};
std::string_view to_string(Reason reason);  ///< "closed", "hello-timeout": as in the log

enum class Side { downstream, upstream, mailtap };
std::string_view to_string(Side side);

struct Ending {
  Reason reason = Reason::closed;
  Side side = Side::mailtap;
  std::string detail;
};

/// The server can't be reached, or TLS with it doesn't come about.
bool is_server_down(Reason reason, Side side);

/// A routine ending is no fault of anything: it is logged, not warned of.
bool is_routine(Reason reason);

}  // namespace mailtap::inspect
