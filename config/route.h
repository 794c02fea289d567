// One listening address with all that holds for its connections.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/endpoint.h"
#include "config/enums.h"
#include "config/ingress.h"
#include "config/legacy_tls.h"
#include "config/log_target.h"

namespace mailtap::config {

using std::chrono::milliseconds;

/// Which exchanges are written to the log: those that meet each list that isn't empty.
struct ExchangeFilter {
  bool any = true;  ///< false: none is written
  std::vector<Service> services;
  std::vector<VerdictWord> verdicts;
  std::vector<std::string> statuses;  ///< "failed", "401", "5xx", "NO"
};

/// What is recorded of a route's handshakes.
struct Tracing {
  std::string folder;             ///< empty: nothing
  bool secrets = false;           ///< what decrypts the packets goes into the pcapng
  std::vector<std::string> only;  ///< conditions (inspect/trace/filter.h); none: every connection
  std::uint64_t snap_length = std::uint64_t{64} << 10;  ///< bytes of each leg in the pcapng; 0: all
};

struct Deadlines {
  milliseconds hello{10'000};      ///< from accept to a complete client hello
  milliseconds connect{10'000};    ///< to the upstream, name resolution included
  milliseconds starttls{60'000};   ///< from the connected upstream to its go-ahead for TLS
  milliseconds handshake{15'000};  ///< each leg's
  milliseconds idle{3'600'000};    ///< no byte in either direction
};

/// One listening address with its upstream, modes and policy.
struct Route {
  std::string id;  ///< its name in the log; the listening address when the user gave none
  Endpoint listen;
  Endpoint upstream;  ///< no host: each connection's is found as `ingress` says
  std::string name;   ///< the configured name; empty: the client's SNI, else the upstream's host
  Ingress ingress;

  Mode mode = Mode::intercept;
  Presentation present = Presentation::mirror;
  std::vector<std::string> cert;  ///< own: PEM files, as many as keys
  std::vector<std::string> key;
  std::string ca_cert;  ///< issue and mirror: the local CA
  std::string ca_key;
  std::string ca_key_password_file;
  std::vector<std::string> issue_names;  ///< issue: further names on the leaf

  std::string client_cert;  ///< shown to an upstream that asks for one
  std::string client_key;
  bool ask_client_cert = false;  ///< ask the client for one when the upstream does

  /// Which application protocols (ALPN) may be agreed on; nothing: whatever client and server both have.
  std::optional<std::vector<std::string>> alpn;

  std::vector<std::string> trust{"system"};  ///< files, folders or "system"
  std::vector<std::string> crl;              ///< CRL files
  bool fetch_aia = false;                    ///< ask whether AIA would complete an incomplete chain
  bool fetch_crl = false;                    ///< judge by the lists that certificates name
  bool fetch_ocsp = false;                   ///< judge by what the responders that certificates name answer
  bool require_trusted = false;
  std::vector<std::string> pins;  ///< sha256//BASE64 of a subjectPublicKeyInfo
  std::string pin_file;           ///< trust on first use: keys by configured name; empty: none

  UpstreamHello hello = UpstreamHello::mirror;
  bool trial_hello = true;  ///< play each new hello of a client to the server once, and see what it says

  LegacyTls legacy_tls;
  std::string ticket_key_file;  ///< keys of session tickets, shared with other instances; empty: own ones

  Protocol protocol = Protocol::automatic;
  std::optional<bool> starttls;  ///< begins in plaintext; nothing: told by who speaks first
  bool allow_plaintext = false;  ///< goes on without TLS where STARTTLS isn't to be had
  NameDisplay names = NameDisplay::hash;
  ExchangeFilter exchanges;

  LogTarget log;
  std::string language;  ///< of the advice: "en", "vi"; empty: the environment's
  std::string client;    ///< what connects, one of client_names.h: advice speaks of it; empty: not said
  std::string keylog;    ///< SSLKEYLOGFILE; empty: none

  Tracing trace;

  Deadlines deadlines;
  unsigned max_connections = 0;             ///< of this route; 0: only the process's limit
  unsigned max_connections_per_source = 0;  ///< of one client address; 0: no limit

  std::string origin;  ///< where it was written, for errors: "mailtap.toml:12:3" or "the command line"
  std::map<std::string, std::string, std::less<>> labels;  ///< where each given option was written
  bool misread =
      false;  ///< a problem was told of an option, so one that seems missing may only be misspelled

  /// How an error about an option begins: "mailtap.toml:14:1: cert" or "--cert"; where the route begins if
  /// the option wasn't given.
  std::string label(std::string_view option) const;
};

/// What the command line's options call their origin.
inline constexpr std::string_view command_line_origin = "the command line";

}  // namespace mailtap::config
