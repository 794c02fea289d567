// Instructions per connection, as callgrind counts them: the same on a busy machine as on a quiet one.
// Valgrind knows no AVX-512, so mailtap runs with what a CPU without it gets.

#include <fstream>

#include "bench/tool/arena.h"

namespace mailtap::bench {

namespace {

/// Of the whole process, start and end included; 0: no profile was written.
std::uint64_t counted(const std::filesystem::path& profile) {
  std::ifstream file(profile);
  for (std::string line; std::getline(file, line);)
    for (const char* const key : {"summary: ", "totals: "})
      if (line.starts_with(key)) return std::stoull(line.substr(std::string_view(key).size()));
  return 0;
}

Result<std::uint64_t> count(const Scenario& scenario, const Material& material, const Options& options,
                            std::size_t connections) {
  const auto profile = material.folder() / "callgrind.out";
  const auto generator = Generator::make(options.load);
  if (!generator) return tl::unexpected(generator.error());
  const auto upstream = generator->upstream(scenario, material);
  if (!upstream) return tl::unexpected(upstream.error());
  const Terms terms{
      .scenario = scenario,
      .material = material,
      .upstream_port = (*upstream)->port(),
      .mailtap = options.mailtap,
      .present = options.present,
      .protocol = options.protocol,
      .wrap = {"valgrind", "-q", "--tool=callgrind", "--callgrind-out-file=" + profile.string()}};
  auto proxy = start_contestant(options.watched ? "mailtap-admin" : "mailtap", terms);
  auto client = generator->client(scenario, server_name);
  if (!proxy || !client) return tl::unexpected(proxy ? client.error() : proxy.error());
  const auto load = (*client)->run(proxy->port, {.count = connections,
                                                 .concurrency = options.concurrency,
                                                 .ews = options.ews,
                                                 .time_limit = std::chrono::seconds(120)});
  proxy->process.stop();
  if (load.failed > 0) return fail("connections failed: " + load.first_failure);
  const auto instructions = counted(profile);
  if (instructions == 0)
    return fail("callgrind has written no profile; mailtap said:\n" + proxy->process.output());
  if (!options.profile.empty())
    std::filesystem::copy_file(profile, options.profile, std::filesystem::copy_options::overwrite_existing);
  return instructions;
}

}  // namespace

bool run_instructions(const Options& options) {
  if (!is_installed("valgrind")) {
    progress("NOT MEASURED: valgrind isn't installed");
    return false;
  }
  const auto chosen = chosen_scenarios(options.scenarios, {"tls12-ecdsa", "tls12-resumed"});
  const auto material = Material::make();
  if (!chosen || !material) {
    progress(chosen ? material.error().message : chosen.error().message);
    return false;
  }
  Report report("instructions", options, {"scenario", "instructions per connection"});
  for (const auto& scenario : *chosen) {
    // Two counts, whose difference leaves out the start, the end and the first connections.
    const std::size_t few = options.concurrency + 4, many = few + options.connections;
    const auto less = count(scenario, *material, options, few);
    progress(scenario.name + ": half done");
    const auto more = count(scenario, *material, options, many);
    if (!less || !more) {
      progress(less ? more.error().message : less.error().message);
      return false;
    }
    const auto each = static_cast<double>(*more - *less) / static_cast<double>(many - few);
    auto& json = report.begin(scenario.name);
    member(json, "instructions_per_connection", each);
    report.end();
    report.row({scenario.name, number(each)});
  }
  return report.finish();
}

}  // namespace mailtap::bench
