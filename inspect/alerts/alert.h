// What an admin wants to be told of without looking: an alert, raised once and cleared once.
//
//   ended connection --Deduplicator--> Sighting --> AlertEngine --> Alert --> log line, metrics, hooks
//
//   sighting.h     what a connection says of its upstream, and what needn't be said again
//   alert_engine.h  the state of each upstream under each name, and what is told of it
//   rate.h         how often it may be told
//
// No socket, no clock: time is passed in. docs/alerts.md is the reference.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "certs/verify/fault.h"
#include "config/base/language.h"
#include "config/base/text.h"
#include "config/enums.h"
#include "inspect/reaction.h"

namespace mailtap::alerts {

using Clock = std::chrono::system_clock;

/// The fixed list that log lines and scripts use; to_string gives its spelling there.
using Kind = config::AlertKind;
inline constexpr Kind all_kinds[] = {Kind::certificate_near_expiry, Kind::verdict_changed,
                                     Kind::chain_changed, Kind::router_rejects};

enum class State {
  raised,
  cleared,
  notice,  ///< a change that nothing clears
};
std::string_view to_string(State state);

/// What a verdict comes to.
struct Opinion {
  std::vector<certs::Fault> faults;  ///< distinct; none: trusted
  bool name_matches = false;
  bool name_known = true;
  std::vector<std::string> reasons;  ///< a phrase for each finding

  bool acceptable() const { return faults.empty() && name_matches; }
  /// The same faults and the same name verdict, whatever the reasons.
  bool same_as(const Opinion& other) const {
    return faults == other.faults && name_matches == other.name_matches && name_known == other.name_known;
  }
};
/// "trusted", "untrusted: expired, weak-key; name mismatch".
std::string to_string(const Opinion& opinion);

/// A server's leaf, and how long what it shows holds.
struct Shown {
  std::string subject;
  std::string issuer;
  std::string serial;
  std::string sha256;       ///< of the leaf's DER, hex
  std::string spki_sha256;  ///< of its key, base64
  Time ends{};              ///< when the first certificate of the judged path does; the epoch: not known
  long life_days = 0;       ///< of that one, from beginning to end; 0: not known
};

struct Expiry {
  Time ends;
  std::int64_t days_left = 0;  ///< negative: since
  unsigned threshold = 0;      ///< days: the one that was crossed
};

struct VerdictChange {
  Opinion from;
  Opinion to;
};

struct ChainChange {
  Shown before;
  Shown after;
  std::vector<std::string> changed;  ///< "certificate", "key", "issuer", "subject", "intermediates"
};

struct Rejection {
  std::string client;  ///< its address, without the port
  inspect::ReactionKind reaction = inspect::ReactionKind::unknown;
  std::optional<int> alert;
  unsigned in_a_row = 0;
};

struct Alert {
  Clock::time_point time;
  Kind kind{};
  State state{};
  std::string route;
  Language language = Language::english;  ///< of its sentences
  std::string upstream;                   ///< HOST:PORT as configured
  std::string name;                       ///< that the certificate was to match
  std::uint64_t connection = 0;           ///< that made it known; 0: the passing of time did
  std::string summary;                    ///< one sentence
  std::string advice;                     ///< what to do; empty: nothing
  unsigned held_back = 0;  ///< of this kind, upstream and name since the last one that was told
  // Of its kind alone.
  std::optional<Expiry> expiry;
  std::optional<VerdictChange> verdict;
  std::optional<ChainChange> chain;
  std::optional<Rejection> router;
};

/// One line without the newline, the contract of docs/log.md; hooks get the same.
std::string to_json(const Alert& alert);
/// A line or a few, without the last newline.
std::string to_text(const Alert& alert, bool on_terminal = false);

/// What is counted of alerts, and which are active. Plain data, handed to whoever serves metrics.
struct Stats {
  struct Told {
    Kind kind;
    State state;
    std::string route;
    std::uint64_t count;
  };
  struct Active {
    Kind kind;
    std::string route;
    std::string upstream;
    std::string name;
  };
  struct Hook {
    std::string name;  ///< "command", "webhook"
    std::uint64_t delivered = 0;
    std::uint64_t failed = 0;   ///< given up
    std::uint64_t dropped = 0;  ///< the queue was full, or mailtap ended
  };
  std::vector<Told> told;
  std::vector<Active> active;
  std::vector<Hook> hooks;
  std::uint64_t held_back = 0;
  std::uint64_t forgotten = 0;  ///< upstreams that had to go for others
  std::uint64_t unheard = 0;    ///< connections that found the queue full
};

}  // namespace mailtap::alerts
