#include "proxy/commands/explain.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "proxy/command_line/commands.h"
#include "proxy/command_line/language_option.h"

namespace mailtap::commands {

void add_explain(CLI::App& app, int& status) {
  auto* command =
      app.add_subcommand("explain", "Say what an error message or a log line means, and what to do");
  auto line = std::make_shared<ExplainLine>();
  command->add_option(
      "TEXT", line->text,
      "The message: an error text, a code such as 0x800B0109 or -2146762487, an event, lines of "
      "a log; without it standard input is read. Behind -- it may begin with a hyphen");
  command->add_option("--file", line->files, "A file with it, or - for standard input; repeatable")
      ->type_name("FILE|-")
      ->allow_extra_args(false);
  add_language_option(*command, line->language);
  command->add_flag("--json", line->json, "One JSON document instead of text");
  command->footer(
      "Exit code: 0 something in it is known, 1 nothing is, 64 usage or no text, 66 a file can't be read.\n"
      "\n"
      "  mailtap explain 0x800B0109\n"
      "  mailtap explain 'unable to get local issuer certificate'\n"
      "  journalctl -u postfix | mailtap explain --lang vi\n"
      "  mailtap explain --file router.log --json");
  command->callback([line, &status] { status = run_explain(*line); });
}

}  // namespace mailtap::commands
