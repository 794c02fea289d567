// A trace as it is read back from a folder: what `mailtap trace` lists, shows and reports.
//
//   DIR/*.jsonl --read_traces()--> StoredTrace --> list (a table), show (a ladder), report (one HTML file)
//
// A trace may come from another machine or be tampered with: whatever is in a line is bounded and made
// harmless.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"
#include "inspect/ending.h"

namespace mailtap::inspect {
struct ConnectionRecord;  // inspect/record.h
}

namespace mailtap::trace {

struct StoredEvent {
  std::int64_t at_us = 0;
  bool from_client = true;
  std::string kind;  ///< "message", "alert", ... (docs/trace.schema.json)
  std::string name;  ///< empty: it couldn't be read
  std::uint64_t size = 0;
  bool encrypted = false;
  bool fatal = false;
};

struct StoredOffer {
  std::vector<std::string> versions, cipher_suites, groups, signature_algorithms, alpn;
  std::string sni, legacy_version, ja3, ja4;
};

struct StoredChoice {
  bool retry_request = false;
  std::string version, cipher_suite, group, alpn, ja4s;
};

struct StoredLeg {
  std::string address, tls, cipher, group, alpn;
  bool resumed = false;
  std::vector<StoredOffer> offers;
  std::vector<StoredChoice> choices;
  std::vector<StoredEvent> events;
  bool finished = false;
  std::string gave_up;
};

struct StoredFinding {
  std::string fault, detail;
  std::int64_t position = 0;
};

struct StoredCertificate {
  std::string subject, issuer, not_before, not_after, key, signature, sha256;
  std::vector<std::string> names;
};

/// What a client would say of the chain.
struct StoredOpinion {
  std::string client, code, message;
  bool accepts = false;
};

struct StoredTraffic {
  std::string protocol;
  std::int64_t exchanges = 0, failed = 0;
  std::vector<std::string> statuses;
};

/// What client and server would have agreed on without mailtap (docs/fidelity.md).
struct StoredDirect {
  std::optional<bool> agrees;  ///< nothing: not known
  std::string tls, cipher, group, alpn;
  bool hello_retry_request = false;
  std::string cause, finding, advice;
};
struct StoredDifference {
  std::string kind;
  std::vector<std::string> values;
};

struct StoredTrace {
  std::uint64_t id = 0;
  std::string time;  ///< RFC 3339, UTC
  std::string route, sni, upstream_configured;
  StoredLeg downstream, upstream;
  bool has_verdict = false;
  bool trusted = false;
  bool checks_name = false;
  bool name_matches = false;
  std::string name_checked, kind, advice, source;
  std::vector<std::string> faults, names;
  std::vector<StoredFinding> findings;
  std::vector<StoredCertificate> chain;
  std::vector<std::int64_t> causes;
  std::vector<StoredOpinion> clients;  ///< empty: every one accepts it, or it isn't known
  std::string dotnet_exception;
  std::string reaction, alert_name, reaction_advice;  ///< empty: the client showed none
  std::optional<StoredDirect> direct;                 ///< nothing: nobody asked
  std::vector<StoredDifference> differences;
  StoredTraffic traffic;
  std::int64_t to_upstream = 0, to_downstream = 0;  ///< bytes
  bool observed = false;                            ///< relayed untouched: both legs are one handshake
  std::string presented_mode;
  std::int64_t connect_us = -1, upstream_handshake_us = -1, downstream_handshake_us = -1, total_us = 0;
  std::string ending_reason, ending_side, ending_detail;
  std::string line;  ///< as it was read

  /// "untrusted: self-signed, expired; name mismatch", "trusted", "no certificate".
  std::string verdict_text() const;
  /// Which leg the ending points at, where a handshake failed.
  bool failed() const;
  inspect::Ending ending() const;
};

/// What a line of a .jsonl file says.
struct StoredLine {
  std::optional<StoredTrace> trace;
  std::uint64_t lost = 0;  ///< connections that mailtap could not write
};
/// Neither trace nor loss: another event. An error says what is wrong with the line.
Result<StoredLine> parse_line(std::string line);

/// As the filter sees a connection (inspect/trace/filter.h).
inspect::ConnectionRecord as_connection(const StoredTrace& trace);

/// What was read besides traces.
struct ReadSummary {
  std::uint64_t files = 0;
  std::uint64_t lost = 0;     ///< connections that mailtap could not write
  std::uint64_t skipped = 0;  ///< lines that are no trace, such as one cut off by a crash
  std::string first_problem;  ///< of these, with file and line
};

/// Reads a folder's traces, oldest first, or one .jsonl file. `take` answers whether to go on. An error:
/// nothing can be read there.
Result<ReadSummary> read_traces(const std::string& path, const std::function<bool(StoredTrace&&)>& take);

}  // namespace mailtap::trace
