#include "proxy/commands/demo.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <memory>

#include <unistd.h>

#include "proxy/demo/demo.h"

namespace mailtap::commands {

namespace {

int run_demo(const demo::Options& options) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto lab = demo::make_lab(now);
  if (!lab) {
    std::cerr << "mailtap demo: " << lab.error().message << '\n';
    return EXIT_FAILURE;
  }
  return demo::run(*lab, options, std::cout, terminal::style_for(STDOUT_FILENO));
}

}  // namespace

void add_demo(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("demo", "See what mailtap says of each kind of fault, on loopback");
  auto options = std::make_shared<demo::Options>();
  command->add_flag("--keep", options->keep, "Leave it running, with commands to try, until Ctrl-C");
  command->footer(
      "Starts mail servers with good and faulty certificates, a mail router that polls each of them, and "
      "mailtap\n"
      "in between. Needs no network and leaves nothing behind. The exit code is 0 if every verdict was the\n"
      "expected one and everything was relayed unchanged.");
  command->callback([options, &status] { status = run_demo(*options); });
}

}  // namespace mailtap::commands
