// What mailtap knows of one connection, and how it is written down: one JSON line for programs, one block
// for people. Plain data (enumerations and numbers; words are the writers'), filled by proxy/ as the
// connection lives, formatted once at its end.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "certs/model/summary.h"
#include "config/base/language.h"
#include "config/enums.h"
#include "inspect/arrival.h"
#include "inspect/basis.h"
#include "inspect/difference.h"
#include "inspect/direct.h"
#include "inspect/ending.h"
#include "inspect/exchange.h"
#include "inspect/handshake_messages.h"
#include "inspect/leg.h"
#include "inspect/looked_up.h"
#include "inspect/plaintext_start.h"
#include "inspect/reaction.h"
#include "inspect/verdict_source.h"

namespace mailtap::certs {
struct SystemAnswer;
struct Verdict;
}  // namespace mailtap::certs

namespace mailtap::inspect {

/// A private key can't be relayed, so what the client shows of itself never reaches the server.
struct ClientCertificates {
  bool asked_by_server = false;
  std::string shown_sha256;  ///< of the route's own that the server was shown; empty: none
  std::string shown_subject;
  bool asked_of_client = false;
  std::vector<certs::CertificateSummary> of_client;  ///< leaf first
  std::vector<std::string> lints{};                  ///< of that leaf, as a client's
  std::string wanted_keys{};  ///< of the route's own that it wasn't shown, as in tls::Agreed
};

/// When steps began, from accept on; negative: they didn't. Not in the log, which has how long they took.
struct Began {
  Microseconds connect{-1};
  Microseconds upstream_handshake{-1};
  Microseconds downstream_handshake{-1};
};

/// Filled as the connection lives. In small headers of their own: what others need of it without the whole.
struct ConnectionRecord {
  std::uint64_t id = 0;
  std::chrono::system_clock::time_point time;
  std::string route;
  Language language = Language::english;  ///< of sentences for people, as the route has it
  Arrival arrival;
  config::Mode mode = config::Mode::intercept;
  Leg downstream;
  std::string ja4;  ///< of the client hello
  Leg upstream;
  std::string upstream_ja4;    ///< of the hello that the server got
  std::string_view own_hello;  ///< why that wasn't made after the client's, a static word; empty: it was
  std::string bridged;         ///< the server refused what the client offers: a sentence; empty: it didn't
  std::shared_ptr<const Differences> hello_differences;  ///< of the two hellos; null: the server got none
  Differences differences;                               ///< of what came of them
  std::optional<Direct> direct;            ///< without mailtap; nothing: nobody asked, or it isn't known yet
  std::string upstream_configured;         ///< the HOST:PORT chosen, known even when no address of it answers
  std::optional<PlaintextStart> starttls;  ///< nothing: the client began with TLS, or hasn't begun
  std::shared_ptr<const certs::Verdict> verdict;  ///< null: no certificate was seen
  /// What Windows itself says of that chain; null: it wasn't asked.
  std::shared_ptr<const certs::SystemAnswer> windows;
  VerdictSource verdict_source = VerdictSource::handshake;
  std::optional<Basis> decided_by;  ///< what let it go on; nothing: it wasn't decided, or refused
  bool unprotected =
      false;           ///< a trusted certificate was shown over a server that is neither trusted nor pinned
  LookedUp looked_up;  ///< by fetch-aia and fetch-crl
  bool lookup_pending = false;                         ///< asked for, and not known yet
  std::optional<config::Presentation> presented_mode;  ///< nothing: no certificate was presented
  std::string presented_sha256;
  std::vector<std::string> not_repeated;  ///< mirror: phrases on what of the server's chain it can't repeat
  Reaction reaction;
  ClientCertificates client_certificates;
  Microseconds connect{-1};    ///< durations; negative: that step didn't finish
  Microseconds plaintext{-1};  ///< from the upstream's acceptance to the go-ahead for TLS
  Microseconds upstream_handshake{-1};
  Microseconds downstream_handshake{-1};
  Began began;
  std::shared_ptr<const HandshakeMessages> messages;  ///< for the live page; null: nobody noted them
  Microseconds total{0};
  std::uint64_t bytes_to_upstream = 0;  ///< plaintext relayed; observed: bytes on the wire
  std::uint64_t bytes_to_downstream = 0;
  Traffic traffic;
  std::string undecoded;  ///< observed: why something about it isn't known; empty: all that can be is
  Ending ending;
};

/// One line without the newline, the contract of docs/log.md.
std::string to_json(const ConnectionRecord& connection);
/// One line, or a few when there is something to say, without the last newline. On a terminal: coloured, and
/// with the time of day alone; else the date too. Times are local.
std::string to_text(const ConnectionRecord& connection, bool on_terminal = false);

}  // namespace mailtap::inspect
