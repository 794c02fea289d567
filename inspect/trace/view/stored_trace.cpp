#include "inspect/trace/view/stored_trace.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "certs/verify/verdict.h"
#include "config/base/json_reader.h"
#include "config/base/text.h"
#include "inspect/record.h"
#include "inspect/trace/filter.h"
#include "inspect/trace/trace_files.h"
#include "inspect/trace/trace_json.h"

namespace mailtap::trace {

namespace {

using json::at;
using json::flag;
using json::integer;
using json::text;
using json::texts;
using json::Value;

constexpr std::size_t max_line = std::size_t{8} << 20;
constexpr rapidjson::SizeType max_elements = 1024;

/// The elements of a member that is an array.
template <class Take>
void each(const Value& in, const char* name, Take take) {
  json::each(at(in, name), max_elements, take);
}

/// A count, which nobody wrote below 0.
std::uint64_t count(const Value& in, const char* name) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, integer(in, name)));
}

StoredLeg leg_of(const Value& leg, const Value& handshake) {
  StoredLeg made;
  made.address = text(leg, "address");
  made.tls = text(leg, "tls");
  made.cipher = text(leg, "cipher");
  made.group = text(leg, "group");
  made.alpn = text(leg, "alpn");
  made.resumed = flag(leg, "resumed");
  each(handshake, "client_hellos", [&](const Value& hello) {
    made.offers.push_back({texts(hello, "versions"), texts(hello, "cipher_suites"), texts(hello, "groups"),
                           texts(hello, "signature_algorithms"), texts(hello, "alpn"), text(hello, "sni"),
                           text(hello, "legacy_version"), text(hello, "ja3"), text(hello, "ja4")});
  });
  each(handshake, "server_hellos", [&](const Value& hello) {
    made.choices.push_back({flag(hello, "retry_request"), text(hello, "version"), text(hello, "cipher_suite"),
                            text(hello, "group"), text(hello, "alpn"), text(hello, "ja4s")});
  });
  each(handshake, "events", [&](const Value& event) {
    made.events.push_back({integer(event, "at_us"), text(event, "from") == "client", text(event, "kind"),
                           text(event, "name"), count(event, "size"), flag(event, "encrypted"),
                           flag(event, "fatal")});
  });
  made.finished = flag(handshake, "finished");
  made.gave_up = text(handshake, "gave_up");
  return made;
}

void read_verdict(const Value& verdict, StoredTrace& trace) {
  if (!verdict.IsObject()) return;
  trace.has_verdict = true;
  trace.trusted = text(verdict, "trust") == "trusted";
  trace.checks_name = at(verdict, "name").IsString();
  trace.name_matches = text(verdict, "name") == "match";
  trace.name_checked = text(verdict, "name_checked");
  trace.kind = text(verdict, "kind");
  trace.advice = text(verdict, "advice");
  trace.source = text(verdict, "source");
  trace.faults = texts(verdict, "faults");
  trace.names = texts(verdict, "names");
  each(verdict, "causes", [&](const Value& cause) {
    if (cause.IsInt64()) trace.causes.push_back(cause.GetInt64());
  });
  trace.dotnet_exception = text(at(verdict, "dotnet"), "exception");
  each(verdict, "findings", [&](const Value& finding) {
    trace.findings.push_back({text(finding, "fault"), text(finding, "detail"), integer(finding, "position")});
  });
  const auto& clients = at(verdict, "clients");
  if (!clients.IsObject() || clients.MemberCount() > max_elements) return;
  for (const auto& [name, said] : clients.GetObject())
    trace.clients.push_back({{name.GetString(), name.GetStringLength()},
                             text(said, "code"),
                             text(said, "message"),
                             flag(said, "accepts")});
}

/// The enumerator of that name: to_string() says "unknown" beyond the last.
template <class Enum>
std::optional<Enum> named(std::string_view name) {
  for (int value = 0; to_string(static_cast<Enum>(value)) != "unknown"; ++value)
    if (to_string(static_cast<Enum>(value)) == name) return static_cast<Enum>(value);
  return std::nullopt;
}

}  // namespace

std::string StoredTrace::verdict_text() const {
  if (!has_verdict) return "no certificate";
  auto said = trusted ? std::string("trusted") : "untrusted: " + join(faults, ", ");
  if (checks_name && !name_matches) said += "; name mismatch";
  return said;
}

bool StoredTrace::failed() const {
  static const auto filter = Filter::parse({"failed"});
  return filter->passes(as_connection(*this));
}

inspect::Ending StoredTrace::ending() const {
  return {named<inspect::Reason>(ending_reason).value_or(inspect::Reason::closed),
          ending_side == "downstream" ? inspect::Side::downstream
          : ending_side == "upstream" ? inspect::Side::upstream
                                      : inspect::Side::mailtap,
          ending_detail};
}

inspect::ConnectionRecord as_connection(const StoredTrace& trace) {
  inspect::ConnectionRecord connection;
  connection.id = trace.id;
  connection.route = trace.route;
  connection.downstream.address = trace.downstream.address;
  connection.downstream.name = trace.sni;
  connection.ending.reason = trace.ending().reason;
  if (!trace.has_verdict) return connection;
  auto verdict = std::make_shared<certs::Verdict>();
  for (const auto& finding : trace.findings)
    if (const auto fault = named<certs::Fault>(finding.fault))
      verdict->findings.push_back(
          {*fault, static_cast<std::size_t>(std::max<std::int64_t>(0, finding.position)), {}});
  verdict->name_checked = trace.checks_name ? trace.name_checked : "";
  verdict->name_matches = trace.name_matches;
  verdict->name_known = trace.checks_name;
  connection.verdict = verdict;
  return connection;
}

Result<StoredLine> parse_line(std::string line) {
  if (line.size() > max_line) return fail("a line of " + std::to_string(line.size()) + " bytes");
  rapidjson::Document document;
  if (!json::parse_object(document, line)) return fail("it is no JSON object");
  if (text(document, "event") == "lost") return StoredLine{std::nullopt, count(document, "traces")};
  if (text(document, "event") != "trace") return StoredLine{};
  if (const auto schema = integer(document, "schema"); schema != schema_version)
    return fail("its schema is " + std::to_string(schema) + ", and this mailtap reads " +
                std::to_string(schema_version));
  StoredTrace trace;
  trace.id = count(document, "id");
  trace.time = text(document, "time");
  trace.route = text(document, "route");
  const auto& downstream = at(document, "downstream");
  const auto& upstream = at(document, "upstream");
  const auto& handshakes = at(document, "handshakes");
  trace.sni = text(downstream, "sni");
  trace.upstream_configured = text(upstream, "configured");
  trace.downstream = leg_of(downstream, at(handshakes, "downstream"));
  trace.upstream = leg_of(upstream, at(handshakes, "upstream"));
  read_verdict(at(document, "verdict"), trace);
  each(document, "chain", [&](const Value& one) {
    trace.chain.push_back({text(one, "subject"), text(one, "issuer"), text(one, "not_before"),
                           text(one, "not_after"), text(one, "key"), text(one, "signature"),
                           text(one, "sha256"), texts(one, "names")});
  });
  trace.observed = text(document, "mode") == to_string(config::Mode::observe);
  trace.presented_mode = text(at(document, "presented"), "mode");
  const auto& timing = at(document, "timing_us");
  trace.connect_us = integer(timing, "connect", -1);
  trace.upstream_handshake_us = integer(timing, "upstream_handshake", -1);
  trace.downstream_handshake_us = integer(timing, "downstream_handshake", -1);
  trace.total_us = integer(timing, "total");
  const auto& reaction = at(document, "reaction");
  trace.reaction = text(reaction, "kind");
  trace.alert_name = text(reaction, "alert_name");
  trace.reaction_advice = text(reaction, "advice");
  if (const auto& direct = at(document, "direct"); direct.IsObject()) {
    const auto& agrees = at(direct, "agrees");
    trace.direct = StoredDirect{agrees.IsBool() ? std::optional(agrees.GetBool()) : std::nullopt,
                                text(direct, "tls"),
                                text(direct, "cipher"),
                                text(direct, "group"),
                                text(direct, "alpn"),
                                flag(direct, "hello_retry_request"),
                                text(direct, "cause"),
                                text(direct, "finding"),
                                text(direct, "advice")};
  }
  each(document, "differences", [&](const Value& one) {
    trace.differences.push_back({text(one, "kind"), texts(one, "values")});
  });
  const auto& traffic = at(document, "traffic");
  trace.traffic = {text(traffic, "protocol"), integer(traffic, "exchanges"), integer(traffic, "failed"),
                   texts(traffic, "last_statuses")};
  trace.to_upstream = integer(at(document, "bytes"), "to_upstream");
  trace.to_downstream = integer(at(document, "bytes"), "to_downstream");
  const auto& ending = at(document, "ending");
  trace.ending_reason = text(ending, "reason");
  trace.ending_side = text(ending, "side");
  trace.ending_detail = text(ending, "detail");
  trace.line = std::move(line);
  return StoredLine{std::move(trace), 0};
}

Result<ReadSummary> read_traces(const std::string& path, const std::function<bool(StoredTrace&&)>& take) {
  namespace fs = std::filesystem;
  std::error_code error;
  std::vector<fs::path> files;
  if (fs::is_directory(path, error)) {
    files = trace_files(path);
    std::erase_if(files, [](const fs::path& file) { return file.extension() != ".jsonl"; });
    if (files.empty()) return fail(path + " has no traces; `mailtap run --trace " + path + "` writes them");
  } else if (fs::exists(path, error)) {
    files = {path};
  } else {
    return fail(path +
                " isn't there; give the folder that `mailtap run --trace` was given, or a .jsonl file of it");
  }
  ReadSummary summary;
  for (const auto& file : files) {
    std::ifstream in(file);
    if (!in) return fail(file.string() + " can't be read; traces are their owner's alone");
    ++summary.files;
    std::uint64_t number_of_line = 0;
    for (std::string line; std::getline(in, line);) {
      ++number_of_line;
      auto said = parse_line(std::move(line));
      if (!said) {
        ++summary.skipped;
        if (summary.first_problem.empty())
          summary.first_problem =
              file.string() + ":" + std::to_string(number_of_line) + ": " + said.error().message;
        continue;
      }
      summary.lost += said->lost;
      if (said->trace && !take(std::move(*said->trace))) return summary;
    }
  }
  return summary;
}

}  // namespace mailtap::trace
