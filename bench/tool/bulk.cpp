// CPU time for bytes: one long connection at a time, down and up.

#include <algorithm>

#include "bench/tool/arena.h"

namespace mailtap::bench {

namespace {

constexpr double gibibyte = 1024.0 * 1024 * 1024;

struct Throughput {
  std::string name;
  std::vector<double> down{}, up{};          // CPU seconds per GiB
  std::vector<double> down_mib{}, up_mib{};  // MiB per second of wall time
  std::size_t failed = 0;
  double both() const { return (median(down) + median(up)) / 2; }
};

void measure_way(Stand& stand, const Arena& arena, const Options& options, bool down, Throughput& into) {
  Batch batch;
  const auto bytes = options.mebibytes * 1024 * 1024;
  (down ? batch.download : batch.upload) = bytes;
  batch.time_limit = std::chrono::seconds(120);
  const auto measured = measure(stand, *arena.upstream, batch);
  into.failed += measured.load.failed;
  (down ? into.down : into.up).push_back(measured.cpu_seconds * gibibyte / static_cast<double>(bytes));
  (down ? into.down_mib : into.up_mib)
      .push_back(static_cast<double>(options.mebibytes) / std::max(measured.load.wall_seconds, 1e-6));
}

double ratio_to_best(const std::vector<Throughput>& all) {
  double own = 0, best = 0;
  for (const auto& series : all) {
    if (series.name == "mailtap")
      own = series.both();
    else if (best == 0 || series.both() < best)
      best = series.both();
  }
  return best > 0 ? own / best : 0;
}

void write_series(Json& json, const Throughput& series) {
  json.StartObject();
  member(json, "name", series.name);
  member(json, "cpu_s_per_gib", series.both());
  member(json, "cpu_s_per_gib_down", median(series.down));
  member(json, "cpu_s_per_gib_up", median(series.up));
  member(json, "mib_per_s_down", median(series.down_mib));
  member(json, "mib_per_s_up", median(series.up_mib));
  member(json, "failed", series.failed);
  json.EndObject();
}

}  // namespace

bool run_bulk(const Options& options) {
  const auto chosen = chosen_scenarios(options.scenarios, {"tls12-ecdsa", "tls13-ecdsa"});
  const auto material = Material::make();
  if (!chosen || !material) {
    progress(chosen ? material.error().message : chosen.error().message);
    return false;
  }
  Report report(
      "bulk", options,
      {"scenario", "proxy", "CPU s/GiB", "ratio", "down", "up", "MiB/s down", "MiB/s up", "failed"});
  bool well = true;
  for (const auto& scenario : *chosen) {
    auto arena = open_arena(scenario, *material, options);
    if (!arena || interrupted) {
      if (!arena) progress(arena.error().message);
      well = false;
      break;
    }
    std::vector<Throughput> all;
    for (auto& stand : arena->stands) {
      all.push_back({.name = stand.proxy.name});
      measure(stand, *arena->upstream, {.count = 2});
    }
    for (unsigned round = 1; round <= options.rounds && !interrupted; ++round) {
      std::string line =
          scenario.name + " " + std::to_string(round) + "/" + std::to_string(options.rounds) + ", s/GiB:";
      for (std::size_t i = 0; i < all.size(); ++i) {
        measure_way(arena->stands[i], *arena, options, true, all[i]);
        measure_way(arena->stands[i], *arena, options, false, all[i]);
        line += "  " + all[i].name + " " + number(all[i].down.back(), 2) + " down " +
                number(all[i].up.back(), 2) + " up";
      }
      progress(line);
    }
    auto& json = report.begin(scenario.name);
    member(json, "cpu_ratio_to_best_peer", ratio_to_best(all));
    json.Key("proxies");
    json.StartArray();
    for (const auto& series : all) write_series(json, series);
    json.EndArray();
    report.end();
    for (const auto& series : all) {
      report.row({scenario.name, series.name, number(series.both(), 2),
                  series.name == "mailtap" ? number(ratio_to_best(all), 2) : "",
                  number(median(series.down), 2), number(median(series.up), 2),
                  number(median(series.down_mib)), number(median(series.up_mib)),
                  std::to_string(series.failed)});
      if (series.name == "mailtap") well = well && series.failed == 0;
    }
  }
  return report.finish() && well && !interrupted;
}

}  // namespace mailtap::bench
