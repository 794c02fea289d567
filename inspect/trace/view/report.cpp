#include "inspect/trace/view/report.h"

#include <chrono>
#include <map>

#include <openssl/sha.h>

#include "certs/verify/thresholds.h"
#include "config/base/bytes.h"
#include "config/base/text.h"
#include "inspect/web/sources.h"
#include "inspect/writers/json_writer.h"

namespace mailtap::trace {

extern const std::string_view report_template;  // these two are made by CMake
extern const std::string_view report_script;

namespace {

// What peers chose is shown as it would be on a terminal: a page has no other use for their control
// characters.
using inspect::JsonWriter;
using inspect::printable;

void write_leg(JsonWriter& to, std::string_view key, const StoredLeg& leg, std::string_view name_key,
               const std::string& name) {
  to.open(key);
  to.member("address", printable(leg.address));
  to.member(name_key, printable(name));
  to.member_or_null("tls", printable(leg.tls));
  to.member_or_null("cipher", printable(leg.cipher));
  to.member_or_null("group", printable(leg.group));
  to.member_or_null("alpn", printable(leg.alpn));
  to.member("resumed", leg.resumed);
  to.end_object();
}

/// [microseconds, who sent it, what, bytes, whether it ended the handshake]
void write_events(JsonWriter& to, std::string_view key, const StoredLeg& leg) {
  to.open_array(key);
  for (const auto& event : leg.events) {
    to.start_array();
    to.value(event.at_us);
    to.value(event.from_client ? "client" : "server");
    to.value(printable(event.name.empty()      ? event.kind
                       : event.kind == "alert" ? "alert " + event.name
                                               : event.name));
    to.value(static_cast<std::int64_t>(event.size));
    to.value(std::int64_t{event.fatal});
    to.end_array();
  }
  to.end_array();
}

void write_texts(JsonWriter& to, std::string_view key, const std::vector<std::string>& texts) {
  to.open_array(key);
  for (const auto& text : texts) to.value(printable(text));
  to.end_array();
}

/// What clients say of a server is the same in each of its connections: written once, and named by number.
class Opinions {
 public:
  /// Negative: there are none.
  std::int64_t number_of(const std::vector<StoredOpinion>& clients) {
    if (clients.empty()) return -1;
    JsonWriter to;
    to.start_array();
    for (const auto& client : clients) {
      to.start_object();
      to.member("client", printable(client.client));
      to.member("accepts", client.accepts);
      to.member("code", printable(client.code));
      to.member("message", printable(client.message));
      to.end_object();
    }
    to.end_array();
    return numbers_.try_emplace(to.text(), static_cast<std::int64_t>(numbers_.size())).first->second;
  }

  void write(JsonWriter& to) const {
    std::map<std::int64_t, std::string_view> in_order;
    for (const auto& [json, number] : numbers_) in_order.emplace(number, json);
    to.open_array("opinions");
    for (const auto& [number, json] : in_order) to.raw_array(json);
    to.end_array();
  }

 private:
  std::map<std::string, std::int64_t> numbers_;
};

void write_verdict(JsonWriter& to, const StoredTrace& trace, Opinions& opinions) {
  if (!trace.has_verdict) return to.null("verdict");
  to.open("verdict");
  to.member("trust", trace.trusted ? "trusted" : "untrusted");
  write_texts(to, "faults", trace.faults);
  if (trace.checks_name)
    to.member("name", trace.name_matches ? "match" : "mismatch");
  else
    to.null("name");
  to.member_or_null("name_checked", printable(trace.name_checked));
  write_texts(to, "names", trace.names);
  to.member("kind", printable(trace.kind));
  to.open_array("causes");
  for (const auto cause : trace.causes) to.value(cause);
  to.end_array();
  to.open("dotnet");
  to.member_or_null("exception", printable(trace.dotnet_exception));
  to.end_object();
  to.member("says", opinions.number_of(trace.clients));
  to.member_or_null("advice", printable(trace.advice));
  to.member("source", printable(trace.source));
  to.open_array("findings");
  for (const auto& finding : trace.findings) {
    to.start_object();
    to.member("fault", printable(finding.fault));
    to.member("position", finding.position);
    to.member("detail", printable(finding.detail));
    to.end_object();
  }
  to.end_array();
  to.end_object();
}

void write_chain(JsonWriter& to, const StoredTrace& trace) {
  to.open_array("chain");
  for (const auto& certificate : trace.chain) {
    to.start_object();
    to.member("subject", printable(certificate.subject));
    to.member("issuer", printable(certificate.issuer));
    to.member("not_before", printable(certificate.not_before));
    to.member("not_after", printable(certificate.not_after));
    to.member("key", printable(certificate.key));
    to.member("signature", printable(certificate.signature));
    to.member("sha256", printable(certificate.sha256));
    write_texts(to, "names", certificate.names);
    to.end_object();
  }
  to.end_array();
}

void write_timing(JsonWriter& to, std::string_view key, std::int64_t took) {
  took < 0 ? to.null(key) : to.member(key, took);
}

void write_direct(JsonWriter& to, const StoredTrace& trace) {
  if (const auto& direct = trace.direct) {
    to.open("direct");
    direct->agrees ? to.member("agrees", *direct->agrees) : to.null("agrees");
    to.member_or_null("tls", printable(direct->tls));
    to.member_or_null("cipher", printable(direct->cipher));
    to.member_or_null("group", printable(direct->group));
    to.member_or_null("alpn", printable(direct->alpn));
    to.member("hello_retry_request", direct->hello_retry_request);
    to.member_or_null("cause", printable(direct->cause));
    to.member_or_null("finding", printable(direct->finding));
    to.member_or_null("advice", printable(direct->advice));
    to.end_object();
  } else {
    to.null("direct");
  }
  to.open_array("differences");
  for (const auto& [kind, values] : trace.differences) {
    to.start_object();
    to.member("kind", printable(kind));
    write_texts(to, "values", values);
    to.end_object();
  }
  to.end_array();
}

/// As the log and the admin endpoint have a connection (docs/log.md), as far as the page shows it.
void write_trace(JsonWriter& to, const StoredTrace& trace, Opinions& opinions) {
  const auto ending = trace.ending();
  const bool is_routine = inspect::is_routine(ending.reason);
  const bool is_right = trace.trusted && (!trace.checks_name || trace.name_matches);
  to.start_object();
  to.member("id", trace.id);
  to.member("time", printable(trace.time));
  to.member("route", printable(trace.route));
  to.member("mode", trace.observed ? "observe" : "intercept");
  write_leg(to, "downstream", trace.downstream, "sni", trace.sni);
  write_leg(to, "upstream", trace.upstream, "configured", trace.upstream_configured);
  write_verdict(to, trace, opinions);
  write_chain(to, trace);
  to.open("presented");
  to.member_or_null("mode", printable(trace.presented_mode));
  to.end_object();
  write_direct(to, trace);
  if (trace.reaction.empty()) {
    to.null("reaction");
  } else {
    to.open("reaction");
    to.member("kind", printable(trace.reaction));
    to.member_or_null("alert_name", printable(trace.alert_name));
    to.member_or_null("advice", printable(trace.reaction_advice));
    to.end_object();
  }
  to.open("timing_us");
  write_timing(to, "connect", trace.connect_us);
  write_timing(to, "upstream_handshake", trace.upstream_handshake_us);
  write_timing(to, "downstream_handshake", trace.downstream_handshake_us);
  to.member("total", trace.total_us);
  to.end_object();
  to.open("bytes");
  to.member("to_upstream", trace.to_upstream);
  to.member("to_downstream", trace.to_downstream);
  to.end_object();
  if (!trace.traffic.protocol.empty()) {
    to.open("traffic");
    to.member("protocol", printable(trace.traffic.protocol));
    to.member("exchanges", trace.traffic.exchanges);
    to.member("failed", trace.traffic.failed);
    write_texts(to, "last_statuses", trace.traffic.statuses);
    to.end_object();
  }
  to.open("ending");
  to.member("reason", printable(trace.ending_reason));
  to.member("side", printable(trace.ending_side));
  to.member_or_null("detail", printable(trace.ending_detail));
  to.member("routine", is_routine);
  to.end_object();
  to.member("notable", (trace.has_verdict && !is_right) || !is_routine);
  to.member("failed", trace.failed());
  to.member("down", inspect::is_server_down(ending.reason, ending.side));
  to.open("handshakes");
  write_events(to, "downstream", trace.downstream);
  write_events(to, "upstream", trace.upstream);
  to.end_object();
  to.end_object();
}

/// JSON that can't end the script element that it stands in, whatever a peer put into it.
std::string for_script(const std::string& json) {
  std::string safe;
  safe.reserve(json.size());
  for (const char c : json) {
    if (c == '<')
      safe += "\\u003c";
    else if (c == '>')
      safe += "\\u003e";
    else if (c == '&')
      safe += "\\u0026";
    else
      safe += c;
  }
  return safe;
}

/// What a policy names a script or a style by that stands in the page.
std::string hash_of(std::string_view text) {
  Buffer digest(SHA256_DIGEST_LENGTH);
  SHA256(as_bytes(text).data(), text.size(), digest.data());
  return "'sha256-" + to_base64(digest) + "'";
}

void put(std::string& html, std::string_view place, std::string_view what) {
  for (auto at = html.find(place); at != std::string::npos; at = html.find(place, at + what.size()))
    html.replace(at, place.size(), what);
}

}  // namespace

std::string report_html(const std::vector<StoredTrace>& traces, const std::string& about,
                        certs::Language language, const std::vector<StoredSurvey>& surveys) {
  JsonWriter to;
  Opinions opinions;
  to.start_object();
  to.member("about", printable(about));
  to.member("made", to_rfc3339(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())));
  to.member("warn_days", std::int64_t{certs::warn_days});
  to.open_array("traces");
  for (std::size_t i = traces.size() - std::min(traces.size(), max_reported); i < traces.size(); ++i)
    write_trace(to, traces[i], opinions);
  to.end_array();
  opinions.write(to);
  to.open_array("surveys");
  for (const auto& survey : surveys) {
    to.start_object();
    to.member("target", printable(survey.target));
    to.member_or_null("name", printable(survey.name));
    to.member_or_null("at", printable(survey.time));
    to.raw_object("protocols", survey.protocols);
    to.end_object();
  }
  to.end_array();
  to.end_object();
  const auto script = std::string(web::script) + std::string(report_script);
  std::string html(report_template);
  // What peers said goes in last: it may hold anything.
  put(html, "{{STYLE-HASH}}", hash_of(web::style));
  put(html, "{{SCRIPT-HASH}}", hash_of(script));
  put(html, "{{LANGUAGE}}", language == certs::Language::vietnamese ? "vi" : "en");
  put(html, "{{SCRIPT}}", script);
  put(html, "{{STYLE}}", web::style);
  put(html, "\"DATA\"", for_script(to.text()));
  return html;
}

}  // namespace mailtap::trace
