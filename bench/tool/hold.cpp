// Memory of connections that are open and idle, as mail clients' are most of the time.

#include <algorithm>
#include <thread>

#include "bench/tool/arena.h"

namespace mailtap::bench {

namespace {

struct Held {
  std::string name;
  std::vector<double> kib{};  // per connection
  std::size_t failed = 0;
};

/// What a proxy, started anew, holds per connection when it has `options.connections`.
void measure_held(Stand& stand, const Arena& arena, const Options& options, Held& into) {
  Batch batch{.count = 200, .concurrency = options.concurrency};
  measure(stand, *arena.upstream, batch);  // its caches and its heap have their usual size
  const auto before = stand.proxy.process.memory_kib();
  batch.count = options.connections;
  batch.hold = true;
  const auto measured = measure(stand, *arena.upstream, batch);
  constexpr std::chrono::milliseconds to_settle{1500};  // who gives back memory of idle connections has time
  std::this_thread::sleep_for(to_settle);
  const auto after = stand.proxy.process.memory_kib();
  stand.client->let_go();
  into.failed += measured.load.failed;
  const auto held = static_cast<double>(std::max<std::size_t>(measured.load.completed, 1));
  into.kib.push_back((static_cast<double>(after) - static_cast<double>(before)) / held);
}

}  // namespace

bool run_hold(const Options& options) {
  const auto chosen = chosen_scenarios(options.scenarios, {"tls12-ecdsa", "tls13-ecdsa"});
  const auto material = Material::make();
  if (!chosen || !material) {
    progress(chosen ? material.error().message : chosen.error().message);
    return false;
  }
  Report report("hold", options, {"scenario", "proxy", "KiB per connection", "failed"});
  bool well = true;
  for (const auto& scenario : *chosen) {
    std::vector<Held> all;
    for (unsigned round = 1; round <= options.rounds && !interrupted; ++round) {
      auto arena = open_arena(scenario, *material, options);
      if (!arena) {
        progress(arena.error().message);
        return false;
      }
      std::string line =
          scenario.name + " " + std::to_string(round) + "/" + std::to_string(options.rounds) + ":";
      for (auto& stand : arena->stands) {
        auto series = std::find_if(all.begin(), all.end(),
                                   [&](const auto& one) { return one.name == stand.proxy.name; });
        if (series == all.end()) series = all.insert(all.end(), {.name = stand.proxy.name});
        measure_held(stand, *arena, options, *series);
        line += "  " + series->name + " " + number(series->kib.back(), 1) + " KiB";
      }
      progress(line);
    }
    auto& json = report.begin(scenario.name);
    json.Key("proxies");
    json.StartArray();
    for (const auto& series : all) {
      json.StartObject();
      member(json, "name", series.name);
      member(json, "kib_per_connection", median(series.kib));
      member(json, "failed", series.failed);
      json.EndObject();
      report.row({scenario.name, series.name, number(median(series.kib), 1), std::to_string(series.failed)});
      if (series.name == "mailtap") well = well && series.failed == 0;
    }
    json.EndArray();
    report.end();
  }
  return report.finish() && well && !interrupted;
}

}  // namespace mailtap::bench
