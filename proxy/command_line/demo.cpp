#include "proxy/commands/demo.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "proxy/command_line/commands.h"
#include "proxy/command_line/language_option.h"

namespace mailtap::commands {

void add_demo(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("demo", "See what mailtap says of each kind of fault, on loopback");
  auto line = std::make_shared<DemoLine>();
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
