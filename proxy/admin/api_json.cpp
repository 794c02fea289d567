#include "proxy/admin/api_json.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "certs/advice/advice.h"
#include "certs/verify/verdict.h"
#include "config/values.h"
#include "inspect/record.h"
#include "inspect/writers/connection_json.h"
#include "inspect/writers/verdict_json.h"
#include "tls/names.h"

namespace mailtap::admin {

namespace {

using inspect::JsonWriter;

void write_short_leg(JsonWriter& to, std::string_view name, const inspect::Leg& leg) {
  to.open(name);
  to.member_or_null("address", leg.address);
  to.member_or_null("tls", tls::names_of(leg.version, leg.cipher_suite, leg.group).version);
  to.member("resumed", leg.resumed);
  to.end_object();
}

/// What a row of the page shows. An open connection has no ending.
void write_short(JsonWriter& to, const inspect::ConnectionRecord& connection, bool is_open) {
  to.start_object();
  to.member("id", connection.id);
  to.member("time", to_rfc3339_milliseconds(connection.time));
  to.member("route", connection.route);
  write_short_leg(to, "downstream", connection.downstream);
  write_short_leg(to, "upstream", connection.upstream);
  to.member("configured", connection.upstream_configured);
  const auto* verdict = connection.verdict.get();
  to.member_or_null("name", verdict != nullptr ? verdict->name_checked : connection.downstream.name);
  if (verdict == nullptr) {
    to.null("verdict");
  } else {
    to.open("verdict");
    to.member("trust", verdict->trusted() ? "trusted" : "untrusted");
    if (verdict->name_known)
      to.member("name", verdict->name_matches ? "match" : "mismatch");
    else
      to.null("name");
    to.open_array("faults");
    for (const auto fault : inspect::distinct_faults(*verdict)) to.value(certs::to_string(fault));
    to.end_array();
    to.end_object();
  }
  to.member_or_null("reaction", connection.reaction.kind == inspect::ReactionKind::unknown
                                    ? std::string_view()
                                    : to_string(connection.reaction.kind));
  to.member("total_us", std::int64_t{connection.total.count()});
  to.member("bytes", connection.bytes_to_upstream + connection.bytes_to_downstream);
  if (is_open) {
    to.null("ending");
  } else {
    to.open("ending");
    to.member("reason", connection.ending.reason);
    to.member("side", connection.ending.side);
    to.member("routine", inspect::is_routine(connection.ending.reason));
    to.end_object();
  }
  to.member("notable", !is_open && is_notable(connection));
  to.end_object();
}

void write_counts(JsonWriter& to, const Counts& counts) {
  to.member("connections", counts.connections);
  to.member("untrusted", counts.untrusted);
  to.member("mismatched", counts.mismatched);
  to.member("failed", counts.failed);
  to.member("bytes", counts.bytes);
  to.member("refused", counts.refused);
}

/// What to do about a verdict, in the reader's language: sentences, and steps with commands.
void write_remedies(JsonWriter& to, const inspect::ConnectionRecord* connection, certs::Language language) {
  const auto* verdict = connection != nullptr ? connection->verdict.get() : nullptr;
  to.open("remedies");
  to.member("advice", verdict != nullptr ? certs::advice(*verdict, language) : std::string());
  std::vector<std::string> steps;
  if (verdict != nullptr) {
    certs::Source source;
    if (const auto endpoint = config::parse_address(connection->upstream_configured)) {
      source.host = endpoint->host;
      source.port = endpoint->port;
    }
    if (connection->starttls && connection->starttls->protocol)
      source.starttls = to_string(*connection->starttls->protocol);
    steps = certs::steps(*verdict, language, source);
  }
  to.member("steps", steps);
  to.end_object();
}

void write_began(JsonWriter& to, std::string_view name, inspect::Microseconds at) {
  at.count() < 0 ? to.null(name) : to.member(name, std::int64_t{at.count()});
}

/// As the report of traces has them: [microseconds, who sent it, what, bytes, whether it ended the
/// handshake].
void write_messages(JsonWriter& to, std::string_view name,
                    const std::vector<inspect::HandshakeMessage>& messages) {
  to.open_array(name);
  for (const auto& message : messages) {
    to.start_array();
    to.value(std::int64_t{message.at.count()});
    to.value(message.from_client ? "client" : "server");
    to.value(message.name);
    to.value(static_cast<std::int64_t>(message.size));
    to.value(std::int64_t{message.fatal});
    to.end_array();
  }
  to.end_array();
}

void write_upstream(JsonWriter& to, const Upstream& upstream, certs::Language language) {
  to.start_object();
  to.member("number", upstream.number);
  to.member("route", upstream.route);
  to.member("upstream", upstream.address);
  to.member_or_null("name", upstream.name);
  to.member("connections", upstream.connections);
  to.member("failed", upstream.failed);
  to.member("refused", upstream.refused);
  to.member("health", upstream.health());
  to.member("last_seen", to_rfc3339_milliseconds(upstream.last_seen));
  if (const auto& failure = upstream.last_failure) {
    to.open("last_failure");
    to.member("id", failure->id);
    to.member("time", to_rfc3339_milliseconds(failure->time));
    to.member("reason", to_string(failure->ending.reason));
    to.sentence_or_null("detail", failure->ending.detail);
    to.end_object();
  } else {
    to.null("last_failure");
  }
  if (const auto& refused = upstream.last_refused) {
    to.open("last_refused");
    to.member("id", refused->id);
    to.member("time", to_rfc3339_milliseconds(refused->time));
    to.member("kind", refused->reaction.kind);
    to.sentence_or_null("advice", refused->reaction.advice);
    to.end_object();
  } else {
    to.null("last_refused");
  }
  const auto& seen = upstream.with_verdict;
  seen ? to.member("connection", seen->id) : to.null("connection");
  if (seen) {
    const auto ends = expiry_of(*seen->verdict);
    to.member_or_null("expires", ends == Time{} ? std::string{} : to_rfc3339(ends));
    to.member(
        "tls",
        tls::names_of(seen->upstream.version, seen->upstream.cipher_suite, seen->upstream.group).version);
    const bool is_observed = seen->mode == config::Mode::observe;
    write_began(to, "handshake_us", is_observed ? seen->downstream_handshake : seen->upstream_handshake);
  } else {
    for (const auto* name : {"expires", "tls", "handshake_us"}) to.null(name);
  }
  inspect::write_verdict(to, seen ? seen->verdict.get() : nullptr,
                         seen ? seen->verdict_source : inspect::VerdictSource::handshake);
  write_remedies(to, seen.get(), language);
  to.end_object();
}

}  // namespace

std::string connections_json(const Hub& hub, Which which, std::size_t max) {
  JsonWriter to;
  to.start_object();
  to.open_array("connections");
  if (which == Which::open) {
    for (auto at = hub.open().rbegin(); at != hub.open().rend() && max > 0; ++at, --max)
      write_short(to, *at->second, true);
  } else {
    const auto& kept = which == Which::recent ? hub.recent() : hub.notable();
    for (auto at = kept.rbegin(); at != kept.rend() && max > 0; ++at, --max) write_short(to, **at, false);
  }
  to.end_array();
  to.end_object();
  return to.text();
}

std::string connection_json(const inspect::ConnectionRecord& connection, certs::Language language) {
  JsonWriter to(language);
  to.start_object();
  inspect::write_connection(to, connection);
  to.open("began_us");
  write_began(to, "connect", connection.began.connect);
  write_began(to, "upstream_handshake", connection.began.upstream_handshake);
  write_began(to, "downstream_handshake", connection.began.downstream_handshake);
  to.end_object();
  if (connection.messages) {
    to.open("handshakes");
    write_messages(to, "downstream", connection.messages->downstream);
    write_messages(to, "upstream", connection.messages->upstream);
    to.end_object();
  } else {
    to.null("handshakes");
  }
  write_remedies(to, &connection, language);
  to.end_object();
  return to.text();
}

std::string upstreams_json(const Hub& hub, certs::Language language) {
  JsonWriter to(language);
  to.start_object();
  to.open_array("upstreams");
  for (const auto& [key, upstream] : hub.upstreams()) write_upstream(to, upstream, language);
  to.end_array();
  to.member("forgotten", hub.upstreams_forgotten());
  to.end_object();
  return to.text();
}

const Span* span_of(std::string_view name) {
  static constexpr Span spans[] = {{"5m", &Hub::minutes, 300},
                                   {"15m", &Hub::minutes, 180, 5},
                                   {"1h", &Hub::hour, 60},
                                   {"24h", &Hub::day, 144},
                                   {"30d", &Hub::month, 720}};
  for (const auto& span : spans)
    if (name.empty() || span.name == name) return &span;
  return nullptr;
}

std::string counts_json(Hub& hub, const Span& span, std::chrono::sys_seconds now) {
  auto& series = (hub.*span.series)();
  const auto buckets = series.until(now, span.buckets, span.step);
  const auto width = series.width() * span.step;
  JsonWriter to;
  to.start_object();
  to.member("step_seconds", std::int64_t{width.count()});
  to.member("newest", to_rfc3339(series.newest() - series.newest().time_since_epoch() % width));
  const auto row = [&](std::string_view name, std::uint64_t Counts::*member) {
    to.open_array(name);
    for (const auto& bucket : buckets) to.value(static_cast<std::int64_t>(bucket.*member));
    to.end_array();
  };
  row("connections", &Counts::connections);
  row("untrusted", &Counts::untrusted);
  row("mismatched", &Counts::mismatched);
  row("failed", &Counts::failed);
  row("bytes", &Counts::bytes);
  row("refused", &Counts::refused);
  row("failed_downstream", &Counts::failed_downstream);
  row("failed_upstream", &Counts::failed_upstream);
  row("failed_mailtap", &Counts::failed_mailtap);
  // Zero: there was none.
  const auto quantiles = [&](std::string_view name, Durations Counts::*member) {
    to.open(name);
    for (const auto& [key, share] : {std::pair{"p50", .5}, std::pair{"p99", .99}}) {
      to.open_array(key);
      for (const auto& bucket : buckets)
        to.value(
            std::int64_t{(bucket.*member).quantile(share).value_or(std::chrono::microseconds{}).count()});
      to.end_array();
    }
    to.end_object();
  };
  quantiles("downstream_handshake_us", &Counts::downstream_handshake);
  quantiles("upstream_handshake_us", &Counts::upstream_handshake);
  to.open("totals");
  write_counts(to, hub.totals());
  to.end_object();
  to.open("last_hour");
  Counts hour;
  for (const auto& minute : hub.hour().until(now)) hour += minute;
  write_counts(to, hour);
  to.end_object();
  to.open("endings");
  for (const auto& [reason, count] : hub.endings()) to.member(to_string(reason), count);
  to.end_object();
  to.end_object();
  return to.text();
}

std::string batch_json(std::span<const ConnectionPtr> opened, std::span<const ConnectionPtr> ended,
                       const Counts& totals, std::uint64_t open, std::size_t max) {
  std::vector<ConnectionPtr> chosen(ended.begin(), ended.end());
  if (chosen.size() > max) {
    // The newest, but those of note before all others.
    std::stable_partition(chosen.begin(), chosen.end(), [](const auto& c) { return !is_notable(*c); });
    chosen.erase(chosen.begin(), chosen.end() - static_cast<std::ptrdiff_t>(max));
  }
  const auto room = max - chosen.size();
  const auto newest_open = opened.subspan(opened.size() - std::min(opened.size(), room));
  JsonWriter to;
  to.start_object();
  to.open_array("opened");
  for (const auto& connection : newest_open) write_short(to, *connection, true);
  to.end_array();
  to.open_array("ended");
  for (const auto& connection : chosen) write_short(to, *connection, false);
  to.end_array();
  to.member("left_out", opened.size() + ended.size() - newest_open.size() - chosen.size());
  to.open("totals");
  write_counts(to, totals);
  to.end_object();
  to.member("open", open);
  to.end_object();
  return to.text();
}

}  // namespace mailtap::admin
