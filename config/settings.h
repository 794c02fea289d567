// What the user asked for, parsed and checked: the only form in which settings reach the rest.
//
//   command line (CLI11) --+
//                          +--> options.cpp: one table of every option --> cross_checks.cpp --> Settings
//   TOML file (toml++)  ---+
//
// The one entry is load_settings (check.h).
//
// config/ is also where the base types live that every folder uses (config/base/).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/endpoint.h"
#include "config/insertion.h"
#include "config/url.h"

namespace mailtap::config {

using std::chrono::milliseconds;

/// What a route does with TLS.
enum class Mode {
  intercept,  ///< ends it, judges, and begins it anew
  observe,    ///< relays it untouched, and reads what is in the clear (docs/observe.md)
};
std::string_view to_string(Mode mode);

/// Where the presented certificate comes from.
enum class Presentation {
  mirror,  ///< repeats the upstream's certificate, faults included, signed by keys of ours
  issue,   ///< a leaf of the local CA for the configured name
  own,     ///< a certificate that the route is given
};

std::string_view to_string(Presentation presentation);

enum class LogFormat { text, json };
std::string_view to_string(LogFormat format);

/// What is spoken on a route, and so what its traffic is read as.
enum class Protocol {
  automatic,  ///< by who speaks first and how
  http,
  smtp,
  pop3,
  imap,
  raw,  ///< nothing is read
};
std::string_view to_string(Protocol protocol);

/// How names of users and mailboxes stand in the log.
enum class NameDisplay { hash, cut, plain };
std::string_view to_string(NameDisplay display);

/// Which exchanges are written to the log: those that meet each list that isn't empty.
struct ExchangeFilter {
  bool any = true;                    ///< false: none is written
  std::vector<std::string> services;  ///< "ews", "imap"
  std::vector<std::string> verdicts;  ///< "trusted", "untrusted", "match", "mismatch"
  std::vector<std::string> statuses;  ///< "failed", "401", "5xx", "NO"
};

struct LogTarget {
  std::string file = "-";  ///< "-": standard output
  LogFormat format = LogFormat::text;
  bool operator==(const LogTarget&) const = default;
};

/// What is recorded of a route's handshakes.
struct Tracing {
  std::string folder;             ///< empty: nothing
  bool secrets = false;           ///< what decrypts the packets goes into the pcapng
  std::vector<std::string> only;  ///< conditions (inspect/trace/filter.h); none: every connection
  std::uint64_t snap_length = std::uint64_t{64} << 10;  ///< bytes of each leg in the pcapng; 0: all
};

/// How trace files are kept, of all routes.
struct TraceFiles {
  std::uint64_t max_file = std::uint64_t{64} << 20;  ///< bytes of a file
  milliseconds max_age{86'400'000};                  ///< of a file
  std::uint64_t max_total = std::uint64_t{1} << 30;  ///< bytes of a folder's trace files
  unsigned last = 0;  ///< only the last N connections, written on SIGUSR1 and at the end; 0: each
};

struct Deadlines {
  milliseconds hello{10'000};      ///< from accept to a complete client hello
  milliseconds connect{10'000};    ///< to the upstream, name resolution included
  milliseconds starttls{60'000};   ///< from the connected upstream to its go-ahead for TLS
  milliseconds handshake{15'000};  ///< each leg's
  milliseconds idle{3'600'000};    ///< no byte in either direction
};

/// Where versions before TLS 1.2 are spoken (docs/legacy.md).
struct LegacyTls {
  bool upstream = false;
  bool downstream = false;
  bool ssl3 = false;  ///< SSL 3.0 too, on those sides

  bool any() const { return upstream || downstream; }
  bool operator==(const LegacyTls&) const = default;
};

/// One listening address with its upstream, modes and policy.
struct Route {
  std::string id;  ///< its name in the log; the listening address when the user gave none
  Endpoint listen;
  Endpoint upstream;  ///< no host: each connection's is found as `insertion` says
  std::string name;   ///< the configured name; empty: the client's SNI, else the upstream's host
  Insertion insertion;

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

  std::vector<std::string> trust{"system"};  ///< files, folders or "system"
  std::vector<std::string> crl;              ///< CRL files
  bool fetch_aia = false;                    ///< ask whether AIA would complete an incomplete chain
  bool fetch_crl = false;                    ///< judge by the lists that certificates name
  bool require_trusted = false;
  std::vector<std::string> pins;  ///< sha256//BASE64 of a subjectPublicKeyInfo
  std::string pin_file;           ///< trust on first use: keys by configured name; empty: none

  LegacyTls legacy_tls;
  std::string ticket_key_file;  ///< keys of session tickets, shared with other instances; empty: own ones

  Protocol protocol = Protocol::automatic;
  std::optional<bool> starttls;  ///< begins in plaintext; nothing: told by who speaks first
  bool allow_plaintext = false;  ///< goes on without TLS where STARTTLS isn't to be had
  NameDisplay names = NameDisplay::hash;
  ExchangeFilter exchanges;

  LogTarget log;
  std::string language;  ///< of the advice: "en", "vi"; empty: the environment's
  std::string keylog;    ///< SSLKEYLOGFILE; empty: none

  Tracing trace;

  Deadlines deadlines;
  unsigned max_connections = 0;             ///< of this route; 0: only the process's limit
  unsigned max_connections_per_source = 0;  ///< of one client address; 0: no limit

  std::string origin;  ///< where it was written, for errors: "mailtap.toml:12:3" or "the command line"
  std::map<std::string, std::string, std::less<>> labels;  ///< where each given option was written

  /// How an error about an option begins: "mailtap.toml:14:1: cert" or "--cert"; where the route begins if
  /// the option wasn't given.
  std::string label(std::string_view option) const;
};

/// What the command line's options call their origin.
inline constexpr std::string_view command_line_origin = "the command line";

/// What computes below TLS (docs/performance.md).
enum class Cryptography { automatic, portable, libcrypto, multibuffer };
std::string_view to_string(Cryptography cryptography);

/// Where mailtap is watched: the live page, its API, metrics.
struct Admin {
  Endpoint listen;                 ///< no host: nowhere
  std::string token_file;          ///< empty: none, which only loopback may do without
  std::vector<std::string> hosts;  ///< names under which browsers reach it, besides addresses and localhost
  bool operator==(const Admin&) const = default;
};

/// What an admin is told of unasked (docs/alerts.md).
struct Alerts {
  std::vector<std::string> kinds{"certificate-near-expiry", "verdict-changed", "chain-changed",
                                 "router-rejects"};
  unsigned expiry_days = 30;
  unsigned rejections = 3;            ///< in a row
  milliseconds clear_after{600'000};  ///< since what was told of was last seen

  /// Run for each alert.
  struct Command {
    std::string program;  ///< its path; empty: none
    std::vector<std::string> arguments;
    milliseconds timeout{30'000};
  };
  Command command;

  /// Posted to for each alert.
  struct Webhook {
    std::optional<Url> url;                    ///< nothing: none
    milliseconds timeout{10'000};              ///< of an attempt
    std::vector<std::string> trust{"system"};  ///< https: files, folders or "system"
    std::string token_file;                    ///< empty: no Authorization
  };
  Webhook webhook;
};

struct Settings {
  std::vector<Route> routes;
  unsigned workers = 1;  ///< load_settings: as many as CPUs may be used, unless given
  Cryptography crypto = Cryptography::automatic;
  unsigned max_connections = 0;  ///< in all; 0: as many as descriptors allow
  TraceFiles trace_files;
  Endpoint crl_listen;  ///< where the local CAs' CRLs are served; no host: nowhere
  std::string crl_url;  ///< http URL under which clients reach that; empty: by its own address
  std::string user;     ///< whom to go on as once the sockets are bound; empty: as it was started
  std::string group;    ///< empty: the user's
  bool core_dumps = false;
  Admin admin;
  Alerts alerts;
  milliseconds drain{30'000};  ///< how long connections may go on after SIGTERM

  std::map<std::string, std::string, std::less<>> labels;  ///< as a route's
  std::string label(std::string_view option) const;
};

}  // namespace mailtap::config
