#include "bench/tool/arena.h"

#include <algorithm>
#include <ctime>
#include <fstream>
#include <iostream>
#include <thread>

#include <sys/utsname.h>
#include <unistd.h>

namespace mailtap::bench {

namespace {

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown";
}

/// mailtap's and the peers', of those that are programs of their own.
std::vector<std::pair<std::string, ProgramVersion>> versions_of_all(const Options& options) {
  std::vector<std::pair<std::string, ProgramVersion>> versions;
  versions.emplace_back("mailtap", version_of("mailtap", options.mailtap));
  for (const auto& peer : options.peers) {
    if (is_mailtap(peer)) continue;
    const auto given = options.binaries.find(peer);
    const auto& binary = given == options.binaries.end() ? peer : given->second;
    if (is_installed(binary)) versions.emplace_back(peer, version_of(peer, binary));
  }
  return versions;
}

double own_cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

/// What a command is prefixed with for that.
std::vector<std::string> pinned_to_cores(unsigned first, unsigned count) {
  return {"taskset", "--cpu-list", std::to_string(first) + "-" + std::to_string(first + count - 1)};
}

}  // namespace

Result<Arena> open_arena(const Scenario& scenario, const Material& material, const Options& options) {
  auto generator = Generator::make(options.load);
  if (!generator) return tl::unexpected(generator.error());
  Arena arena{std::move(*generator)};
  auto upstream = arena.generator.upstream(scenario, material);
  if (!upstream) return tl::unexpected(upstream.error());
  arena.upstream = std::move(*upstream);
  const Terms terms{.scenario = scenario,
                    .material = material,
                    .upstream_port = arena.upstream->port(),
                    .workers = options.workers,
                    .peers_verify = options.peers_verify,
                    .mailtap = options.mailtap,
                    .other = options.other,
                    .binaries = options.binaries,
                    .present = options.present,
                    .protocol = options.protocol,
                    .observe = options.observe,
                    .wrap = options.pin ? pinned_to_cores(1, options.workers) : std::vector<std::string>{}};
  std::vector<std::string> names{"mailtap"};
  names.insert(names.end(), options.peers.begin(), options.peers.end());
  for (const auto& name : names) {
    if (const auto binary = binary_of(name, terms); !is_installed(binary)) {
      arena.absent.push_back(binary + " isn't installed");
      continue;
    }
    auto proxy = start_contestant(name, terms);
    auto client = arena.generator.client(scenario, server_name);
    if (!client) return tl::unexpected(client.error());
    if (proxy)
      arena.stands.push_back({std::move(*proxy), std::move(*client)});
    else
      arena.absent.push_back(proxy.error().message);
  }
  for (const auto& why : arena.absent) progress("NOT MEASURED: " + why);
  return arena;
}

Measurement measure(Stand& stand, const Upstream& upstream, const Batch& batch) {
  const auto shaken = upstream.handshakes();
  const auto resumed = upstream.resumed();
  const double before = stand.proxy.process.cpu_seconds();
  const double load_before = own_cpu_seconds();
  const double worker_before = stand.proxy.process.cpu_seconds_of("worker");
  Measurement measured;
  measured.load = stand.client->run(stand.proxy.port, batch);
  measured.load_seconds = own_cpu_seconds() - load_before;
  // What a proxy does after its client has gone belongs to the connection: its log, its closing.
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  measured.cpu_seconds = stand.proxy.process.cpu_seconds() - before;
  measured.worker_seconds = stand.proxy.process.cpu_seconds_of("worker") - worker_before;
  measured.upstream_shaken = upstream.handshakes() - shaken;
  measured.upstream_resumed = upstream.resumed() - resumed;
  return measured;
}

Result<std::vector<Scenario>> chosen_scenarios(const std::vector<std::string>& names,
                                               const std::vector<std::string>& fallback) {
  std::vector<Scenario> chosen;
  const auto all = scenarios();
  for (const auto& name : names.empty() ? fallback : names) {
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
    if (found == all.end()) return fail("there is no scenario " + name);
    chosen.push_back(*found);
  }
  return chosen;
}

Report::Report(const char* command, const Options& options, std::vector<std::string> heads)
    : options_(options), table_(std::move(heads)), versions_(versions_of_all(options)) {
  json_.StartObject();
  write_preamble(command);
  json_.Key("scenarios");
  json_.StartArray();
}

/// What ran where, and how.
void Report::write_preamble(const char* command) {
  utsname system{};
  ::uname(&system);
  member(json_, "command", std::string(command));
  json_.Key("machine");
  json_.StartObject();
  member(json_, "processor", processor());
  member(json_, "cores", static_cast<std::size_t>(std::thread::hardware_concurrency()));
  member(json_, "kernel", std::string(system.release));
  member(json_, "load_average_before", load_average());
  json_.EndObject();
  json_.Key("versions");
  json_.StartObject();
  for (const auto& [name, version] : versions_) member(json_, name.c_str(), version.program);
  json_.EndObject();
  json_.Key("tls_libraries");
  json_.StartObject();
  for (const auto& [name, version] : versions_) member(json_, name.c_str(), version.tls);
  json_.EndObject();
  member(json_, "load", describe(options_.load));
  json_.Key("options");
  json_.StartObject();
  member(json_, "rounds", static_cast<std::size_t>(options_.rounds));
  member(json_, "connections", options_.connections);
  member(json_, "concurrency", static_cast<std::size_t>(options_.concurrency));
  member(json_, "rate", options_.rate);
  member(json_, "workers", static_cast<std::size_t>(options_.workers));
  member(json_, "mebibytes", options_.mebibytes);
  member(json_, "present", options_.present);
  member(json_, "protocol", options_.protocol);
  json_.Key("ews");
  json_.Bool(options_.ews);
  json_.Key("peers_verify");
  json_.Bool(options_.peers_verify);
  json_.EndObject();
}

Json& Report::begin(const std::string& scenario) {
  json_.StartObject();
  member(json_, "name", scenario);
  return json_;
}

bool Report::finish() {
  json_.EndArray();
  json_.EndObject();
  std::cout << table_.text();
  for (const auto& [name, version] : versions_)
    std::cout << name << ": " << version.program << "; " << version.tls << "\n";
  std::cout << "load: " << describe(options_.load) << std::endl;
  if (options_.json.empty()) return true;
  const auto written = write_json(options_.json, buffer_);
  if (!written) progress(written.error().message);
  return written.has_value();
}

}  // namespace mailtap::bench
