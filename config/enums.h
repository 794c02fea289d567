// The enumerations of the settings, which the rest of mailtap shares. Each is defined here once, with one
// table of its names: what stands in the configuration, in the log and in errors comes from that.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "config/base/result.h"

namespace mailtap::config {

/// A value of an enumeration and its name, which is part of the contract.
template <class Enum>
struct Name {
  Enum value;
  std::string_view name;
};
template <class Enum>
Name(Enum, std::string_view) -> Name<Enum>;  // clang 14 makes none for an aggregate

/// What a route does with TLS.
enum class Mode {
  intercept,  ///< ends it, judges, and begins it anew
  observe,    ///< relays it untouched, and reads what is in the clear (docs/observe.md)
};
constexpr auto names_of(Mode) {
  return std::array{Name{Mode::intercept, "intercept"}, Name{Mode::observe, "observe"}};
}

/// Where the presented certificate comes from.
enum class Presentation {
  mirror,  ///< repeats the upstream's certificate, faults included, signed by keys of ours
  issue,   ///< a leaf of the local CA for the configured name
  own,     ///< a certificate that the route is given
};
constexpr auto names_of(Presentation) {
  return std::array{Name{Presentation::mirror, "mirror"}, Name{Presentation::issue, "issue"},
                    Name{Presentation::own, "own"}};
}

/// What the hello to the server offers.
enum class UpstreamHello {
  mirror,  ///< what the client's does, as far as mailtap has it
  own,     ///< all that mailtap has
};
constexpr auto names_of(UpstreamHello) {
  return std::array{Name{UpstreamHello::mirror, "mirror"}, Name{UpstreamHello::own, "own"}};
}

enum class LogFormat { text, json };
constexpr auto names_of(LogFormat) {
  return std::array{Name{LogFormat::text, "text"}, Name{LogFormat::json, "json"}};
}

/// What is spoken on a route, and so what its traffic is read as.
enum class Protocol {
  automatic,  ///< by who speaks first and how
  http,
  smtp,
  pop3,
  imap,
  raw,  ///< nothing is read
};
constexpr auto names_of(Protocol) {
  return std::array{Name{Protocol::automatic, "auto"}, Name{Protocol::http, "http"},
                    Name{Protocol::smtp, "smtp"},      Name{Protocol::pop3, "pop3"},
                    Name{Protocol::imap, "imap"},      Name{Protocol::raw, "raw"}};
}

/// How names of users and mailboxes stand in the log.
enum class NameDisplay { hash, cut, plain };
constexpr auto names_of(NameDisplay) {
  return std::array{Name{NameDisplay::hash, "hash"}, Name{NameDisplay::cut, "cut"},
                    Name{NameDisplay::plain, "plain"}};
}

/// What computes below TLS (docs/performance.md).
enum class Cryptography { automatic, portable, libcrypto, multibuffer };
constexpr auto names_of(Cryptography) {
  return std::array{Name{Cryptography::automatic, "auto"}, Name{Cryptography::portable, "portable"},
                    Name{Cryptography::libcrypto, "libcrypto"},
                    Name{Cryptography::multibuffer, "multibuffer"}};
}

/// How a connection that was meant for a server comes to a listener of ours.
enum class Transparency {
  none,
  redirect,  ///< netfilter rewrites its destination (REDIRECT), and knows the original one
  tproxy,    ///< it keeps its destination (TPROXY)
};
constexpr auto names_of(Transparency) {
  return std::array{Name{Transparency::none, "none"}, Name{Transparency::redirect, "redirect"},
                    Name{Transparency::tproxy, "tproxy"}};
}

/// Version of a PROXY header.
enum class ProxyVersion { none, v1, v2 };
constexpr auto names_of(ProxyVersion) {
  return std::array{Name{ProxyVersion::none, "none"}, Name{ProxyVersion::v1, "v1"},
                    Name{ProxyVersion::v2, "v2"}};
}

/// What was spoken to. Exchange's services by their paths; `http`: any other path.
enum class Service {
  ews,
  autodiscover,
  activesync,
  mapi,  ///< MAPI over HTTP
  rpc,   ///< RPC over HTTP, "Outlook Anywhere"
  owa,
  ecp,
  oab,
  powershell,
  webdav,  ///< of Exchange 2003 and 2007: /exchange/ and /public
  http,
  smtp,
  pop3,
  imap,
};
constexpr auto names_of(Service) {
  using enum Service;
  return std::array{Name{ews, "ews"},
                    Name{autodiscover, "autodiscover"},
                    Name{activesync, "activesync"},
                    Name{mapi, "mapi"},
                    Name{rpc, "rpc"},
                    Name{owa, "owa"},
                    Name{ecp, "ecp"},
                    Name{oab, "oab"},
                    Name{powershell, "powershell"},
                    Name{webdav, "webdav"},
                    Name{http, "http"},
                    Name{smtp, "smtp"},
                    Name{pop3, "pop3"},
                    Name{imap, "imap"}};
}

/// What a verdict says in one word, of the chain (the first two) or of the name.
enum class VerdictWord { trusted, untrusted, match, mismatch };
constexpr auto names_of(VerdictWord) {
  using enum VerdictWord;
  return std::array{Name{trusted, "trusted"}, Name{untrusted, "untrusted"}, Name{match, "match"},
                    Name{mismatch, "mismatch"}};
}

/// What an admin is told of unasked (docs/alerts.md).
enum class AlertKind { certificate_near_expiry, verdict_changed, chain_changed, router_rejects };
constexpr auto names_of(AlertKind) {
  using enum AlertKind;
  return std::array{Name{certificate_near_expiry, "certificate-near-expiry"},
                    Name{verdict_changed, "verdict-changed"}, Name{chain_changed, "chain-changed"},
                    Name{router_rejects, "router-rejects"}};
}

/// An enumeration that has a table of names.
template <class Enum>
concept Named = requires(Enum value) {
  names_of(value);
};

template <Named Enum>
constexpr std::string_view to_string(Enum value) {
  for (const auto& each : names_of(value))
    if (each.value == value) return each.name;
  return "unknown";
}

/// The value of that name. The error quotes the text and tells all names.
template <Named Enum>
Result<Enum> parse_name(std::string_view text) {
  std::string all;
  for (const auto& each : names_of(Enum{})) {
    if (each.name == text) return each.value;
    all += (all.empty() ? "" : ", ") + std::string(each.name);
  }
  return fail("\"" + std::string(text) + "\" is none of " + all);
}

}  // namespace mailtap::config
