#include "proxy/commands/top.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "proxy/command_line/commands.h"
#include "proxy/command_line/language_option.h"

namespace mailtap::commands {

void add_top(CLI::App& app, int& status) {
  auto* command =
      app.add_subcommand("top", "Watch a running mailtap in the terminal: how each server is, worst first");
  auto line = std::make_shared<TopLine>();
  command->add_option("URL", line->url,
                      "Of its admin endpoint, as `run --admin` says it (default: http://127.0.0.1:8025/)");
  command
      ->add_option("--admin-token-file", line->token_file,
                   "The file with the endpoint's token, if it asks for one")
      ->type_name("FILE");
  command->add_option("--interval", line->interval, "How often it is asked, such as 500ms (default 2s)");
  add_language_option(*command, line->language);
  command->add_flag("--once", line->once, "One screen, and no more");
  command->footer(
      "Examples:\n"
      "  mailtap run --listen :8443 --upstream mail.contoso.local:443 --admin 8025\n"
      "  mailtap top\n"
      "  mailtap top http://127.0.0.1:8025/ --once");
  command->callback([line, &status] { status = run_top(*line); });
}

}  // namespace mailtap::commands
