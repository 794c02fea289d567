#include "proxy/commands/demo.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include <unistd.h>

#include "config/base/phrases.h"
#include "config/values.h"
#include "proxy/commands/language_option.h"
#include "proxy/demo/demo.h"

namespace mailtap::commands {

namespace {

struct Line {
  bool keep = false;
  std::string language;
};

int run_demo(const Line& line) {
  const demo::Options options{line.keep, config::language_for(line.language)};
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto lab = demo::make_lab(now);
  if (!lab) {
    std::cerr << "mailtap demo: " << in_language(lab.error().message, options.language) << '\n';
    return EXIT_FAILURE;
  }
  return demo::run(*lab, options, std::cout, terminal::style_for(STDOUT_FILENO));
}

}  // namespace

void add_demo(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("demo", "See what mailtap says of each kind of fault, on loopback");
  auto line = std::make_shared<Line>();
  command->add_flag("--keep", line->keep, "Leave it running, with commands to try, until Ctrl-C");
  add_language_option(*command, line->language);
  command->footer(
      "Starts mail servers with good and faulty certificates, a mail router that polls each of them, and "
      "mailtap\n"
      "in between. Needs no network and leaves nothing behind. The exit code is 0 if every verdict was the\n"
      "expected one and everything was relayed unchanged.");
  command->callback([line, &status] { status = run_demo(*line); });
}

}  // namespace mailtap::commands
