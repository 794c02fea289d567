// What mailtap knows of one connection, and how it is written down: one JSON line for programs, one block
// for people. Plain data, filled by proxy/ as the connection lives, formatted once at its end.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "certs/model/summary.h"
#include "certs/verify/fault.h"
#include "config/enums.h"
#include "inspect/exchange.h"
#include "inspect/looked_up.h"
#include "inspect/reaction.h"

namespace mailtap::certs {
struct Verdict;
}

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

/// A routine ending is no fault of anything: it is logged, not warned of.
bool is_routine(Reason reason);

enum class VerdictSource { handshake, cache, probe, file };
std::string_view to_string(VerdictSource source);

struct Leg {
  std::string address;  ///< peer's ADDRESS:PORT
  std::string name;     ///< downstream: the SNI received; upstream: the SNI sent
  std::string tls;
  std::string cipher;
  std::string group;
  std::string alpn;
  bool resumed = false;
};

/// How it came, and how its upstream was found (docs/inserting.md).
struct Arrival {
  std::string way = "direct";  ///< "direct", "sni", "connect", "redirect", "tproxy"
  std::string proxy;  ///< ADDRESS:PORT of who told the client's address by a PROXY header; empty: nobody
};

/// A private key can't be relayed, so what the client shows of itself never reaches the server.
struct ClientCertificates {
  bool asked_by_server = false;
  std::string shown_sha256;  ///< of the route's own that the server was shown; empty: none
  std::string shown_subject;
  bool asked_of_client = false;
  std::vector<certs::CertificateSummary> of_client;  ///< leaf first
};

/// How a connection went that began in plaintext, to be secured by STARTTLS.
struct PlaintextStart {
  enum class Outcome {
    unfinished,   ///< ended before any of the others
    upgraded,     ///< TLS began on both sides
    not_offered,  ///< by the server
    refused,      ///< by the server, though asked for
    not_asked,    ///< the client went on without, which the route allows
  };
  enum class Authentication { none, refused, relayed };

  std::string protocol;         ///< "smtp", "pop3", "imap"; empty: the server hasn't greeted
  std::optional<bool> offered;  ///< by the server's last list of capabilities; nothing: none was seen
  Outcome outcome = Outcome::unfinished;
  /// The client tried to log in before TLS, and what mailtap did with it.
  Authentication authentication = Authentication::none;
  bool credentials = false;  ///< and something to log in with was sent
  bool relayed = false;      ///< went on without TLS, which the route allows
};
std::string_view to_string(PlaintextStart::Outcome outcome);
std::string_view to_string(PlaintextStart::Authentication authentication);
/// What of it an admin should know goes into the connection's traffic.
void add(const PlaintextStart& start, Traffic& to);

/// When steps began, from accept on; negative: they didn't. Not in the log, which has how long they took.
struct Began {
  Microseconds connect{-1};
  Microseconds upstream_handshake{-1};
  Microseconds downstream_handshake{-1};
};

struct Connection {
  std::uint64_t id = 0;
  std::chrono::system_clock::time_point time;
  std::string route;
  Arrival arrival;
  config::Mode mode = config::Mode::intercept;
  Leg downstream;
  std::string ja4;  ///< of the client hello
  Leg upstream;
  std::string upstream_configured;         ///< the HOST:PORT chosen, known even when no address of it answers
  std::optional<PlaintextStart> starttls;  ///< nothing: the client began with TLS, or hasn't begun
  std::shared_ptr<const certs::Verdict> verdict;  ///< null: no certificate was seen
  VerdictSource verdict_source = VerdictSource::handshake;
  std::string decided_by;  ///< what let it go on: proxy::Basis; empty: it wasn't decided, or refused
  bool unprotected =
      false;           ///< a trusted certificate was shown over a server that is neither trusted nor pinned
  LookedUp looked_up;  ///< by fetch-aia and fetch-crl
  bool lookup_pending = false;  ///< asked for, and not known yet
  std::string presented_mode;
  std::string presented_sha256;
  std::vector<std::string> not_repeated;  ///< mirror: phrases on what of the server's chain it can't repeat
  Reaction reaction;
  ClientCertificates client_certificates;
  Microseconds connect{-1};    ///< durations; negative: that step didn't finish
  Microseconds plaintext{-1};  ///< from the upstream's acceptance to the go-ahead for TLS
  Microseconds upstream_handshake{-1};
  Microseconds downstream_handshake{-1};
  Began began;
  Microseconds total{0};
  std::uint64_t bytes_to_upstream = 0;  ///< plaintext relayed; observed: bytes on the wire
  std::uint64_t bytes_to_downstream = 0;
  Traffic traffic;
  std::string undecoded;  ///< observed: why something about it isn't known; empty: all that can be is
  Ending ending;
};

/// One line without the newline, the contract of docs/log.md.
std::string to_json(const Connection& connection);
/// One line, or a few when there is something to say, without the last newline. On a terminal: coloured, and
/// with the time of day alone; else the date too. Times are local.
std::string to_text(const Connection& connection, bool on_terminal = false);

/// The verdict's faults without repetition, in the order of the findings: the log's `faults`.
std::vector<certs::Fault> distinct_faults(const certs::Verdict& verdict);
/// When the first certificate of the path that was judged ends; the epoch: it isn't known.
Time expiry_of(const certs::Verdict& verdict);

}  // namespace mailtap::inspect
