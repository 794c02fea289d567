// mailtap-bench handshake|observe|bulk|hold|instructions [--peers haproxy,nginx,stunnel] [--rounds N] ...
// mailtap-bench handshake --target HOST:PORT

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <map>

#include <sched.h>

#include "bench/tool/arena.h"

namespace {

using namespace mailtap::bench;

/// Of the same build; else whatever PATH has.
std::string default_mailtap() {
  std::error_code failed;
  const auto here = std::filesystem::read_symlink("/proc/self/exe", failed).parent_path();
  const auto built = here.parent_path().parent_path() / "proxy" / "mailtap";
  return std::filesystem::exists(built, failed) ? built.string() : "mailtap";
}

std::vector<std::string> scenario_names() {
  std::vector<std::string> names;
  for (const auto& scenario : scenarios()) names.push_back(scenario.name);
  return names;
}

/// This process and its threads; those that it starts are told otherwise.
bool keep_to_first_core() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(0, &cores);
  if (::sched_setaffinity(0, sizeof cores, &cores) == 0) return true;
  progress("--pin: this process may not run on the first core");
  return false;
}

void add_common(CLI::App& to, Options& options) {
  to.add_option("--mailtap", options.mailtap, "The binary to measure")->capture_default_str();
  to.add_option("--scenario", options.scenarios, "Only these, separated by commas")
      ->delimiter(',')
      ->check(CLI::IsMember(scenario_names()));
  to.add_option("--concurrency", options.concurrency, "Connections at once")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  to.add_option("--present", options.present, "mailtap's presentation mode")
      ->check(CLI::IsMember({"own", "mirror"}))
      ->capture_default_str();
  to.add_option("--protocol", options.protocol,
                "What mailtap reads of what it relays; the peers read nothing")
      ->check(CLI::IsMember({"raw", "auto", "http"}))
      ->capture_default_str();
  const std::map<std::string, Generation> generations{{"batched", Generation::batched},
                                                      {"openssl", Generation::openssl}};
  to.add_option("--load", options.load,
                "Who makes the load: batched (mailtap's own sessions, cheaper than a proxy) or openssl "
                "(independent of "
                "them, dearer than a proxy)")
      ->transform(CLI::CheckedTransformer(generations))
      ->default_str("batched");
  to.add_flag("--pin", options.pin, "The load keeps to the first core, the proxies to those after it");
  to.add_option("--json", options.json, "Also write the figures as JSON into this file (-: standard output)");
}

void add_rounds(CLI::App& to, Options& options) {
  to.add_option("--rounds", options.rounds,
                "In each, all proxies take their turn; figures are medians of rounds, ratios medians of the "
                "rounds' ratios")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
}

void add_peers(CLI::App& to, Options& options) {
  to.add_option("--peers", options.peers,
                "Whom to measure beside mailtap, separated by commas; '' for nobody")
      ->delimiter(',')
      ->check(CLI::IsMember({"haproxy", "nginx", "stunnel", "mailtap-raw", "mailtap-admin", "mailtap-two",
                             "mailtap-other", ""}))
      ->capture_default_str();
  to.add_option("--other", options.other,
                "Another build's binary, which the peer mailtap-other is, to see what a change does")
      ->check(CLI::ExistingFile);
  for (const char* const name : {"haproxy", "nginx", "stunnel"})
    to.add_option_function<std::string>(
          std::string("--") + name,
          [&options, name](const std::string& path) { options.binaries[name] = path; },
          std::string("Another binary of ") + name + " than the installed one")
        ->check(CLI::ExistingFile)
        ->type_name("PATH");
  to.add_option("--workers", options.workers, "Worker threads or processes of each proxy")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  to.add_flag(
      "!--peers-do-not-verify", options.peers_verify,
      "The peers don't verify the upstream's certificate, as is their default (mailtap always judges it)");
}

void add_connections(CLI::App& to, Options& options, const char* what) {
  to.add_option("--connections", options.connections, what)
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
}

int run(int argc, char** argv) {
  Options defaults;
  defaults.mailtap = default_mailtap();
  defaults.peers = {"haproxy", "nginx"};
  CLI::App app("Measures what a proxied TLS connection costs: mailtap, and its peers in the same run");
  app.require_subcommand(1);

  auto handshake = defaults;
  std::string target;
  bool own_server = false;
  auto* const handshake_command =
      app.add_subcommand("handshake", "CPU time and latency of a whole connection");
  add_common(*handshake_command, handshake);
  add_rounds(*handshake_command, handshake);
  add_peers(*handshake_command, handshake);
  add_connections(*handshake_command, handshake, "Through each proxy in a round");
  handshake_command
      ->add_option(
          "--rate", handshake.rate,
          "Connections a second that begin whether others have ended or not (a Poisson process, the same for "
          "each proxy); times are then from when one should have begun. 0: --concurrency at once")
      ->check(CLI::Range(0.0, 100000.0))
      ->capture_default_str();
  handshake_command->add_option("--target", target,
                                "Measures this TLS server instead, HOST:PORT, from outside");
  handshake_command->add_flag("--i-own-this-server", own_server,
                              "The target may be another machine than this");

  handshake_command->add_flag("--ews", handshake.ews, "An EWS exchange on each connection, not a short GET");

  auto observe = defaults;
  observe.observe = true;
  auto* const observe_command = app.add_subcommand(
      "observe", "The same where TLS passes through: mode observe beside HAProxy and nginx as TCP relays");
  add_common(*observe_command, observe);
  add_rounds(*observe_command, observe);
  add_connections(*observe_command, observe, "Through each proxy in a round");
  observe_command
      ->add_option("--peers", observe.peers,
                   "Whom to measure beside mailtap, separated by commas; '' for nobody")
      ->delimiter(',')
      ->check(CLI::IsMember({"haproxy", "nginx", ""}))
      ->capture_default_str();

  auto bulk = defaults;
  bulk.rounds = 3;
  auto* const bulk_command = app.add_subcommand("bulk", "CPU time per GiB, down and up");
  add_common(*bulk_command, bulk);
  add_rounds(*bulk_command, bulk);
  add_peers(*bulk_command, bulk);
  bulk_command->add_option("--mebibytes", bulk.mebibytes, "Each way through each proxy in a round")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();

  auto hold = defaults;
  hold.rounds = 1;
  hold.connections = 2000;
  auto* const hold_command = app.add_subcommand("hold", "Memory per idle connection");
  add_common(*hold_command, hold);
  add_rounds(*hold_command, hold);
  add_peers(*hold_command, hold);
  add_connections(*hold_command, hold, "Held open through each proxy");

  auto instructions = defaults;
  instructions.peers = {};
  instructions.rounds = 1;
  instructions.connections = 100;
  instructions.concurrency = 8;
  auto* const instructions_command =
      app.add_subcommand("instructions", "Instructions per connection, counted by callgrind (valgrind)");
  add_common(*instructions_command, instructions);
  add_connections(*instructions_command, instructions, "That are counted");
  instructions_command->add_flag("--ews", instructions.ews,
                                 "An EWS exchange on each connection, not a short GET");
  instructions_command->add_flag("--watched", instructions.watched,
                                 "With an admin endpoint whose events somebody reads");
  instructions_command->add_option("--profile", instructions.profile,
                                   "Keeps the profile there, for callgrind_annotate");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 64;
  }
  watch_for_interrupts();
  raise_descriptor_limit();
  for (auto* const options : {&handshake, &observe, &bulk, &hold})
    std::erase_if(options->peers, [](const std::string& name) { return name.empty(); });

  for (const auto* const options : {&handshake, &observe, &bulk, &hold, &instructions})
    if (options->pin && !keep_to_first_core()) return 1;

  const auto command = [&] {
    if (*observe_command) return run_handshake(observe);
    if (*bulk_command) return run_bulk(bulk);
    if (*hold_command) return run_hold(hold);
    if (*instructions_command) return run_instructions(instructions);
    return target.empty() ? run_handshake(handshake) : run_target(handshake, target, own_server);
  };
  return command() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {  // memory ran out, a folder can't be removed
    std::fprintf(stderr, "mailtap-bench: %s\n", error.what());
  }
  return 1;
}
