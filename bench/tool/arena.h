// One scenario's upstream with the proxies in front of it, each with a load client of its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/tool/contestants.h"
#include "bench/tool/figures.h"
#include "bench/tool/generator.h"
#include "bench/tool/version.h"

namespace mailtap::bench {

/// What the command line asks for.
struct Options {
  std::string mailtap;
  std::string other;  ///< another build of mailtap, if "mailtap-other" is among the peers
  std::vector<std::string> peers;
  Binaries binaries;  ///< of peers that aren't the installed ones
  Generation load = Generation::batched;
  bool pin = false;                    ///< the load to the first core, the proxies to those after it
  std::vector<std::string> scenarios;  ///< by name
  unsigned rounds = 5;
  std::size_t connections = 1000;  ///< of each proxy in a round
  unsigned concurrency = 16;
  double rate = 0;  ///< handshake: connections a second; 0: as fast as the proxy can
  unsigned workers = 1;
  bool peers_verify = true;
  std::string present = "own";
  std::string protocol = "raw";
  bool ews = false;             ///< each connection has an EWS exchange instead of the short GET
  bool observe = false;         ///< nobody ends TLS
  std::size_t mebibytes = 256;  ///< bulk: each way in a round
  std::string json;             ///< file; empty: none
  std::string profile;          ///< instructions: keeps callgrind's file there
  bool watched = false;         ///< instructions: of mailtap-admin
};

struct Stand {
  Contestant proxy;
  std::unique_ptr<LoadClient> client;
};

struct Arena {
  Generator generator;
  std::unique_ptr<Upstream> upstream{};
  std::vector<Stand> stands{};
  std::vector<std::string> absent{};  ///< "stunnel: isn't installed"
};

/// mailtap first, then the peers that are installed. A proxy that doesn't start is told of and left out.
Result<Arena> open_arena(const Scenario& scenario, const Material& material, const Options& options);

/// One batch through one proxy.
struct Measurement {
  Load load;
  double cpu_seconds = 0;             ///< the proxy's
  double worker_seconds = 0;          ///< of them its workers', where it is mailtap
  double load_seconds = 0;            ///< the load's own
  std::uint64_t upstream_shaken = 0;  ///< handshakes that the upstream saw
  std::uint64_t upstream_resumed = 0;
};
Measurement measure(Stand& stand, const Upstream& upstream, const Batch& batch);

/// The scenarios of `names`; all of `allowed` if there are none.
Result<std::vector<Scenario>> chosen_scenarios(const std::vector<std::string>& names,
                                               const std::vector<std::string>& fallback);

/// What a command found: a table for people, JSON for programs.
class Report {
 public:
  /// `heads`: the table's.
  Report(const char* command, const Options& options, std::vector<std::string> heads);
  /// An element of "scenarios" is written between these.
  Json& begin(const std::string& scenario);
  void end() { json_.EndObject(); }
  void row(std::vector<std::string> columns) { table_.add(std::move(columns)); }
  /// Prints the one and writes the other; false if that failed, which was told.
  bool finish();

 private:
  void write_preamble(const char* command);

  const Options& options_;
  Table table_;
  std::vector<std::pair<std::string, ProgramVersion>> versions_;  ///< of who takes part
  rapidjson::StringBuffer buffer_;
  Json json_{buffer_};
};

/// The commands. run_handshake is `observe` too. Each shows progress, prints its table, writes its JSON;
/// false: something failed, which was told.
bool run_handshake(const Options& options);
bool run_bulk(const Options& options);
bool run_hold(const Options& options);
bool run_instructions(const Options& options);
/// `target`: HOST:PORT, measured from outside.
bool run_target(const Options& options, const std::string& target, bool any_host);

}  // namespace mailtap::bench
