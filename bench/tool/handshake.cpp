// CPU time, wall time and latency of a whole proxied connection: TCP, both handshakes, one request, the end.

#include <algorithm>
#include <sstream>

#include "bench/tool/arena.h"

namespace mailtap::bench {

namespace {

/// One proxy's rounds in one scenario.
struct Series {
  std::string name;
  std::vector<double> cpu_us{}, worker_us{}, load_us{}, wall_us{};
  std::vector<double> cores{};  // that the proxy kept busy
  std::vector<double> handshake_p50{}, handshake_p99{}, response_p50{}, response_p99{};
  std::size_t completed = 0, failed = 0, resumed = 0;
  std::uint64_t upstream_shaken = 0, upstream_resumed = 0;
  std::string first_failure{};

  void add(const Measurement& measured) {
    const auto& load = measured.load;
    const auto count = static_cast<double>(std::max<std::size_t>(load.completed, 1));
    cpu_us.push_back(measured.cpu_seconds * 1e6 / count);
    worker_us.push_back(measured.worker_seconds * 1e6 / count);
    load_us.push_back(measured.load_seconds * 1e6 / count);
    cores.push_back(measured.cpu_seconds / std::max(load.wall_seconds, 1e-6));
    wall_us.push_back(load.wall_seconds * 1e6 / count);
    handshake_p50.push_back(percentile(load.handshake_us, 0.5));
    handshake_p99.push_back(percentile(load.handshake_us, 0.99));
    response_p50.push_back(percentile(load.response_us, 0.5));
    response_p99.push_back(percentile(load.response_us, 0.99));
    completed += load.completed;
    failed += load.failed;
    resumed += load.resumed;
    upstream_shaken += measured.upstream_shaken;
    upstream_resumed += measured.upstream_resumed;
    if (first_failure.empty()) first_failure = load.first_failure;
  }
};

/// mailtap's figure over `peer`'s; over the best peer's, if `peer` is mailtap. 0: there is none of one of
/// them.
double ratio_to(const Series& peer, const std::vector<Series>& all, std::vector<double> Series::*figure) {
  const auto own = std::ranges::find_if(all, [](const Series& series) { return series.name == "mailtap"; });
  if (own == all.end()) return 0;
  if (&peer != &*own) return median_ratio((*own).*figure, peer.*figure);
  double ratio = 0;
  for (const auto& series : all)
    if (&series != &*own) ratio = std::max(ratio, median_ratio((*own).*figure, series.*figure));
  return ratio;
}

/// What mailtap says of it when it ends.
void tell_how_full_batches_were(Child& mailtap, const std::string& scenario) {
  mailtap.stop();
  std::istringstream said(mailtap.output());
  for (std::string line; std::getline(said, line);)
    if (line.find("operations at a time: ") != std::string::npos)
      progress(std::string(scenario).append(": ").append(line));
}

Result<std::vector<Series>> run_scenario(const Scenario& scenario, const Material& material,
                                         const Options& options) {
  auto arena = open_arena(scenario, material, options);
  if (!arena) return tl::unexpected(arena.error());
  std::vector<Series> all;
  Batch batch;
  batch.concurrency = options.concurrency;
  batch.ews = options.ews;
  // Caches fill, sessions are got, code is paged in.
  batch.count = std::min<std::size_t>(options.connections, std::size_t{4} * options.concurrency + 50);
  for (auto& stand : arena->stands) {
    const auto warm = measure(stand, *arena->upstream, batch);
    all.push_back({.name = stand.proxy.name});
    if (warm.load.failed > 0) progress(stand.proxy.name + ", warming up: " + warm.load.first_failure);
  }
  batch.count = options.connections;
  batch.rate = options.rate;
  for (unsigned round = 1; round <= options.rounds && !interrupted; ++round) {
    std::string line =
        scenario.name + " " + std::to_string(round) + "/" + std::to_string(options.rounds) + ":";
    batch.seed = round;
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i].add(measure(arena->stands[i], *arena->upstream, batch));
      line += "  " + all[i].name + " " + number(all[i].cpu_us.back()) + " us";
      if (all[i].failed > 0)
        line += " (" + std::to_string(all[i].failed) + " failed: " + all[i].first_failure + ")";
    }
    progress(line);
  }
  for (auto& stand : arena->stands)
    if (stand.proxy.name == "mailtap") tell_how_full_batches_were(stand.proxy.process, scenario.name);
  return all;
}

void write_series(Json& json, const Series& series) {
  json.StartObject();
  member(json, "name", series.name);
  member(json, "cpu_us", median(series.cpu_us));
  member(json, "cpu_us_rounds", series.cpu_us);
  member(json, "worker_us", median(series.worker_us));
  member(json, "worker_us_rounds", series.worker_us);
  member(json, "load_us", median(series.load_us));
  member(json, "cores_busy", median(series.cores));
  member(json, "wall_us", median(series.wall_us));
  member(json, "handshake_p50_us", median(series.handshake_p50));
  member(json, "handshake_p99_us", median(series.handshake_p99));
  member(json, "response_p50_us", median(series.response_p50));
  member(json, "response_p99_us", median(series.response_p99));
  member(json, "completed", series.completed);
  member(json, "failed", series.failed);
  member(json, "resumed_downstream", series.resumed);
  member(json, "handshakes_upstream", static_cast<std::size_t>(series.upstream_shaken));
  member(json, "resumed_upstream", static_cast<std::size_t>(series.upstream_resumed));
  json.EndObject();
}

void add_rows(Report& report, const Scenario& scenario, const std::vector<Series>& all) {
  for (const auto& series : all) {
    const auto share = [](std::uint64_t part, std::uint64_t whole) {
      return whole == 0 ? std::string("-")
                        : number(100.0 * static_cast<double>(part) / static_cast<double>(whole)) + "%";
    };
    const auto [least, most] = std::minmax_element(series.cpu_us.begin(), series.cpu_us.end());
    const bool any = !series.cpu_us.empty();
    report.row({scenario.name, series.name, number(median(series.cpu_us)),
                any ? number(*least) + ".." + number(*most) : "",
                number(ratio_to(series, all, &Series::cpu_us), 2), number(median(series.cores), 2),
                number(median(series.wall_us)), number(median(series.load_us)),
                number(median(series.response_p50) / 1000, 1), number(median(series.response_p99) / 1000, 1),
                share(series.resumed, series.completed),
                share(series.upstream_resumed, series.upstream_shaken), std::to_string(series.failed)});
  }
}

}  // namespace

bool run_handshake(const Options& options) {
  const std::vector<std::string> observed{"tls12-ecdsa", "tls13-ecdsa", "tls12-resumed", "tls13-resumed"};
  const std::vector<std::string> intercepted{"tls12-ecdsa",         "tls12-rsa",
                                             "tls13-ecdsa",         "tls12-resumed",
                                             "tls13-resumed",       "tls12-ecdsa-libcrypto",
                                             "tls12-rsa-libcrypto", "tls13-ecdsa-libcrypto"};
  const auto chosen = chosen_scenarios(options.scenarios, options.observe ? observed : intercepted);
  const auto material = Material::make();
  if (!chosen || !material) {
    progress(chosen ? material.error().message : chosen.error().message);
    return false;
  }
  Report report(options.observe ? "observe" : "handshake", options,
                {"scenario", "proxy", "CPU us", "rounds", "ratio", "cores", "wall us", "load us", "p50 ms",
                 "p99 ms", "resumed", "upstream", "failed"});
  bool well = true;
  for (const auto& scenario : *chosen) {
    if (interrupted) break;
    const auto all = run_scenario(scenario, *material, options);
    if (!all) {
      progress(all.error().message);
      well = false;
      break;
    }
    auto& json = report.begin(scenario.name);
    member(json, "cpu_ratio_to_best_peer", all->empty() ? 0 : ratio_to(all->front(), *all, &Series::cpu_us));
    member(json, "p99_ratio_to_best_peer",
           all->empty() ? 0 : ratio_to(all->front(), *all, &Series::response_p99));
    json.Key("proxies");
    json.StartArray();
    for (const auto& series : *all) write_series(json, series);
    json.EndArray();
    report.end();
    add_rows(report, scenario, *all);
    const bool has_mailtap = !all->empty() && all->front().name == "mailtap";
    well = well && has_mailtap && all->front().failed == 0;
  }
  return report.finish() && well && !interrupted;
}

}  // namespace mailtap::bench
