#include "proxy/admin/metrics.h"

#include <utility>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "certs/verify/verdict.h"
#include "inspect/record.h"
#include "inspect/writers/printable.h"
#include "proxy/admin/process_stats.h"
#include "tls/names.h"

namespace mailtap::admin {

namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Histogram;
using prometheus::MetricFamily;
using prometheus::MetricType;

/// From a tenth of a millisecond on a LAN to a handshake that runs into its deadline.
const Histogram::BucketBoundaries seconds_buckets{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                  0.1,    0.25,  0.5,    1,     2.5,  5,     15};

double seconds(inspect::Microseconds duration) {
  return static_cast<double>(duration.count()) / 1e6;
}

MetricFamily family_of(std::string_view name, std::string_view help, MetricType type) {
  MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  return family;
}

/// A family of one series without labels.
MetricFamily single(std::string_view name, std::string_view help, MetricType type, double value) {
  auto family = family_of(name, help, type);
  auto& metric = family.metric.emplace_back();
  (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  return family;
}

/// Label values come from configuration and from peers: whatever they are, they can't disturb who reads them
/// on a terminal. (The serializer escapes but quotes, backslashes and line feeds.)
std::string label(std::string_view text) {
  return inspect::printable(text);
}

void add_upstreams(const Hub& hub, std::vector<MetricFamily>& families) {
  auto expiry = family_of("mailtap_upstream_certificate_expiry_timestamp_seconds",
                          "When the first certificate of the upstream's chain ends.", MetricType::Gauge);
  auto trusted = family_of("mailtap_upstream_certificate_trusted",
                           "1 if the upstream's certificate is trusted.", MetricType::Gauge);
  auto matches = family_of("mailtap_upstream_certificate_name_matches",
                           "1 if the upstream's certificate is for the configured name.", MetricType::Gauge);
  for (const auto& entry : hub.upstreams()) {
    const auto& upstream = entry.second;
    if (!upstream.with_verdict) continue;
    const auto& verdict = *upstream.with_verdict->verdict;
    const auto add = [&](MetricFamily& family, double value) {
      auto& metric = family.metric.emplace_back();
      metric.label = {{"route", label(upstream.route)},
                      {"upstream", label(upstream.address)},
                      {"name", label(upstream.name)}};
      metric.gauge.value = value;
    };
    if (expiry_of(verdict) != Time{})
      add(expiry, static_cast<double>(expiry_of(verdict).time_since_epoch().count()));
    add(trusted, verdict.trusted() ? 1 : 0);
    if (verdict.name_known) add(matches, verdict.name_matches ? 1 : 0);
  }
  for (auto* family : {&expiry, &trusted, &matches})
    if (!family->metric.empty()) families.push_back(std::move(*family));
}

void add_alerts(const alerts::Stats& stats, std::vector<MetricFamily>& families) {
  auto told = family_of("mailtap_alerts_total", "Alerts that were told, by kind, state and route.",
                        MetricType::Counter);
  for (const auto& one : stats.told) {
    auto& metric = told.metric.emplace_back();
    metric.label = {{"kind", std::string(to_string(one.kind))},
                    {"state", std::string(to_string(one.state))},
                    {"route", label(one.route)}};
    metric.counter.value = static_cast<double>(one.count);
  }
  auto active = family_of("mailtap_alert_active", "1 for each alert that was raised and isn't cleared.",
                          MetricType::Gauge);
  for (const auto& one : stats.active) {
    auto& metric = active.metric.emplace_back();
    metric.label = {{"kind", std::string(to_string(one.kind))},
                    {"route", label(one.route)},
                    {"upstream", label(one.upstream)},
                    {"name", label(one.name)}};
    metric.gauge.value = 1;
  }
  auto deliveries =
      family_of("mailtap_alert_deliveries_total", "What became of alerts for hooks.", MetricType::Counter);
  for (const auto& hook : stats.hooks)
    for (const auto& [outcome, count] :
         {std::pair{"delivered", hook.delivered}, std::pair{"failed", hook.failed},
          std::pair{"dropped", hook.dropped}}) {
      auto& metric = deliveries.metric.emplace_back();
      metric.label = {{"hook", label(hook.name)}, {"outcome", outcome}};
      metric.counter.value = static_cast<double>(count);
    }
  for (auto* family : {&told, &active, &deliveries})
    if (!family->metric.empty()) families.push_back(std::move(*family));
  families.push_back(single("mailtap_alerts_active", "Alerts that were raised and aren't cleared.",
                            MetricType::Gauge, static_cast<double>(stats.active.size())));
  families.push_back(single("mailtap_alerts_held_back_total",
                            "Alerts that had to wait, as there were too many.", MetricType::Counter,
                            static_cast<double>(stats.held_back)));
  families.push_back(single("mailtap_alert_upstreams_forgotten_total",
                            "Upstreams that had to go for others in what alerts are told by.",
                            MetricType::Counter, static_cast<double>(stats.forgotten)));
  families.push_back(single("mailtap_alert_records_dropped_total",
                            "Connections that alerts didn't hear of, as there were too many at once.",
                            MetricType::Counter, static_cast<double>(stats.unheard)));
}

}  // namespace

struct Metrics::Inside {
  Inside(const std::string& version, const std::string& cryptography) {
    prometheus::BuildGauge()
        .Name("mailtap_build_info")
        .Help("Always 1; what is running is in the labels.")
        .Register(registry)
        .Add({{"version", version}, {"cryptography", cryptography}})
        .Set(1);
  }

  Family<Counter>& counters(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
  Family<Histogram>& histograms(const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
  }

  prometheus::Registry registry;
  Family<Counter>& connections =
      counters("mailtap_connections_total", "Connections that ended, by route and reason.");
  Family<Counter>& verdicts =
      counters("mailtap_verdicts_total", "Verdicts on upstreams' certificates, one a connection.");
  Family<Counter>& faults = counters("mailtap_certificate_faults_total",
                                     "Faults of upstreams' certificates, each once a connection.");
  Family<Counter>& reactions = counters("mailtap_router_reactions_total",
                                        "What clients made of the certificate that they were shown.");
  Family<Counter>& bytes =
      counters("mailtap_relayed_bytes_total", "Plaintext relayed, counted when a connection ends.");
  Family<Counter>& exchanges =
      counters("mailtap_exchanges_total", "Requests and commands with their answers, by outcome.");
  Family<Counter>& handshakes =
      counters("mailtap_handshakes_total", "Handshakes that succeeded, by leg, version and resumption.");
  Family<Histogram>& handshake_seconds =
      histograms("mailtap_handshake_seconds", "How long handshakes that succeeded took, by leg.");
  Histogram& connect_seconds =
      histograms("mailtap_upstream_connect_seconds", "How long connecting to the upstream took.")
          .Add({}, seconds_buckets);
  Histogram& upstream_handshake = handshake_seconds.Add({{"leg", "upstream"}}, seconds_buckets);
  Histogram& downstream_handshake = handshake_seconds.Add({{"leg", "downstream"}}, seconds_buckets);

  void handshake(const char* leg, Histogram& took, inspect::Microseconds duration,
                 const inspect::Leg& agreed) {
    if (duration.count() < 0) return;
    took.Observe(seconds(duration));
    handshakes
        .Add({{"leg", leg},
              {"tls", tls::version_name(agreed.version)},
              {"resumed", agreed.resumed ? "true" : "false"}})
        .Increment();
  }
};

Metrics::Metrics(const std::string& version, const std::string& cryptography)
    : inside_(std::make_unique<Inside>(version, cryptography)) {}

Metrics::~Metrics() = default;

void Metrics::ended(const inspect::ConnectionRecord& connection) {
  const auto route = label(connection.route);
  const auto count = [&](Family<Counter>& family, prometheus::Labels labels, double by = 1) {
    labels.emplace("route", route);
    family.Add(labels).Increment(by);
  };
  count(inside_->connections, {{"ending", std::string(to_string(connection.ending.reason))}});
  if (const auto* verdict = connection.verdict.get()) {
    count(inside_->verdicts, {{"trust", verdict->trusted() ? "trusted" : "untrusted"},
                              {"name", !verdict->name_known    ? "unknown"
                                       : verdict->name_matches ? "match"
                                                               : "mismatch"}});
    for (const auto fault : inspect::distinct_faults(*verdict))
      count(inside_->faults, {{"fault", std::string(certs::to_string(fault))}});
  }
  if (connection.reaction.kind != inspect::ReactionKind::unknown)
    count(inside_->reactions, {{"reaction", std::string(to_string(connection.reaction.kind))}});
  count(inside_->bytes, {{"direction", "upstream"}}, static_cast<double>(connection.bytes_to_upstream));
  count(inside_->bytes, {{"direction", "downstream"}}, static_cast<double>(connection.bytes_to_downstream));
  const auto& traffic = connection.traffic;
  if (traffic.exchanges > 0) {
    count(inside_->exchanges, {{"outcome", "failed"}}, static_cast<double>(traffic.failed));
    count(inside_->exchanges, {{"outcome", "succeeded"}},
          static_cast<double>(traffic.exchanges - traffic.failed));
  }
  if (connection.connect.count() >= 0) inside_->connect_seconds.Observe(seconds(connection.connect));
  inside_->handshake("upstream", inside_->upstream_handshake, connection.upstream_handshake,
                     connection.upstream);
  inside_->handshake("downstream", inside_->downstream_handshake, connection.downstream_handshake,
                     connection.downstream);
}

std::string Metrics::text(const Hub& hub, const Gauges& gauges) const {
  auto families = inside_->registry.Collect();
  const auto add = [&](const char* name, const char* help, MetricType type, std::uint64_t value) {
    families.push_back(single(name, help, type, static_cast<double>(value)));
  };
  using enum MetricType;
  add("mailtap_connections_open", "Connections that are open now.", Gauge, gauges.open_connections);
  add("mailtap_connections_max", "How many there may be at a time.", Gauge, gauges.max_connections);
  add("mailtap_log_lines_lost_total", "Lines of the log that could not be written.", Counter,
      gauges.log_lines_lost);
  add("mailtap_admin_records_dropped_total",
      "Connections that the admin endpoint didn't hear of, as it was too slow.", Counter,
      gauges.records_dropped);
  add("mailtap_admin_event_streams", "Live pages that are being told of connections.", Gauge, gauges.streams);
  add("mailtap_admin_event_gaps_total", "Events that a live page missed, as it was too slow.", Counter,
      gauges.stream_gaps);
  add("mailtap_admin_upstreams_forgotten_total", "Upstreams that had to go for others.", Counter,
      hub.upstreams_forgotten());
  add("mailtap_crypto_batched_operations_total", "Cryptographic operations that were batched.", Counter,
      gauges.crypto_operations);
  add("mailtap_crypto_batches_total", "In how many calls they were done.", Counter, gauges.crypto_batches);
  add_upstreams(hub, families);
  add_alerts(gauges.alerts, families);
  for (const auto& figure : process_stats())
    families.push_back(single(figure.name, figure.help, figure.is_counter ? Counter : Gauge, figure.value));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace mailtap::admin
