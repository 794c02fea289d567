#include "inspect/trace/view/report.h"

#include <map>

#include "inspect/writers/json_writer.h"

namespace mailtap::trace {

extern const std::string_view report_template;  // made of report.html by CMake

namespace {

// What peers chose is shown as it would be on a terminal: a page has no other use for their control
// characters.
using inspect::JsonWriter;
using inspect::printable;

void write_leg(JsonWriter& to, std::string_view key, const StoredLeg& leg) {
  to.open(key);
  to.member("address", printable(leg.address));
  to.member("tls", printable(leg.tls));
  to.member("cipher", printable(leg.cipher));
  to.member("group", printable(leg.group));
  to.member("resumed", leg.resumed);
  to.open_array("events");
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
  to.end_object();
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

void write_trace(JsonWriter& to, const StoredTrace& trace, Opinions& opinions) {
  to.start_object();
  to.member("id", trace.id);
  to.member("time", printable(trace.time));
  to.member("route", printable(trace.route));
  to.member("server", printable(trace.upstream_configured));
  to.member("sni", printable(trace.sni));
  write_leg(to, "down", trace.downstream);
  write_leg(to, "up", trace.upstream);
  to.member("verdict", printable(trace.verdict_text()));
  to.member("good", trace.trusted && (!trace.checks_name || trace.name_matches));
  to.member("seen", trace.has_verdict);
  to.member("name", printable(trace.name_checked));
  to.open_array("names");
  for (const auto& name : trace.names) to.value(printable(name));
  to.end_array();
  to.member("kind", printable(trace.kind));
  to.member("advice", printable(trace.advice));
  to.open_array("findings");
  for (const auto& finding : trace.findings) {
    to.start_object();
    to.member("fault", printable(finding.fault));
    to.member("at", finding.position);
    to.member("detail", printable(finding.detail));
    to.end_object();
  }
  to.end_array();
  to.open_array("chain");
  for (const auto& certificate : trace.chain) {
    to.start_object();
    to.member("subject", printable(certificate.subject));
    to.member("issuer", printable(certificate.issuer));
    to.member("from", printable(certificate.not_before));
    to.member("to", printable(certificate.not_after));
    to.member("key", printable(certificate.key));
    to.member("signature", printable(certificate.signature));
    to.member("sha256", printable(certificate.sha256));
    to.end_object();
  }
  to.end_array();
  to.member("says", opinions.number_of(trace.clients));
  to.member("presented", printable(trace.presented_mode));
  to.member("observed", trace.observed);
  to.member("probed", trace.source == "probe");
  to.member("connect", trace.connect_us);
  to.member("upHandshake", trace.upstream_handshake_us);
  to.member("downHandshake", trace.downstream_handshake_us);
  to.member("total", trace.total_us);
  to.member("reason", printable(trace.ending_reason));
  to.member("side", printable(trace.ending_side));
  to.member("detail", printable(trace.ending_detail));
  to.member("failed", trace.failed());
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

}  // namespace

std::string report_html(const std::vector<StoredTrace>& traces, const std::string& about) {
  JsonWriter to;
  Opinions opinions;
  to.start_object();
  to.member("about", printable(about));
  to.open_array("traces");
  for (std::size_t i = traces.size() - std::min(traces.size(), max_reported); i < traces.size(); ++i)
    write_trace(to, traces[i], opinions);
  to.end_array();
  opinions.write(to);
  to.end_object();
  constexpr std::string_view place = "\"DATA\"";
  std::string html(report_template);
  html.replace(html.find(place), place.size(), for_script(to.text()));
  return html;
}

}  // namespace mailtap::trace
