#include "proxy/commands/trace.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "proxy/command_line/commands.h"
#include "proxy/command_line/language_option.h"

namespace mailtap::commands {

void add_trace(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("trace", "Look at the handshakes that `run --trace` recorded");
  command->require_subcommand(1);
  auto line = std::make_shared<TraceLine>();
  const auto add = [&](const char* name, const char* help, int (*run)(const TraceLine&)) {
    auto* sub = command->add_subcommand(name, help);
    sub->callback([line, run, &status] { status = run(*line); });
    return sub;
  };
  const auto add_path = [&](CLI::App* sub) {
    sub->add_option("DIR", line->path, "The folder that --trace was given, or one .jsonl file of it")
        ->required();
  };
  const auto add_only = [&](CLI::App* sub) {
    sub->add_option(
           "--only", line->only,
           "Only connections of which this holds: failed, untrusted, mismatch, a fault such as expired, "
           "peer=192.0.2.0/24, name=*.contoso.com. Repeatable; all must hold")
        ->type_name("CONDITION")
        ->allow_extra_args(false);
    sub->add_option("--last", line->last, "Only the last N of them")
        ->type_name("N")
        ->check(CLI::Range(1, 1'000'000));
  };

  auto* list_command = add("list", "A line for each connection", run_trace_list);
  add_path(list_command);
  add_only(list_command);
  list_command->add_flag("--json", line->json, "The traces themselves, as recorded (docs/trace.schema.json)");
  add_language_option(*list_command, line->language);

  auto* show_command =
      add("show", "One connection: both handshakes side by side, and where the fault struck", run_trace_show);
  add_path(show_command);
  show_command->add_option("ID", line->id, "Its number, as in the log and in `trace list`")->required();
  show_command->add_flag("--json", line->json, "The trace itself, as recorded");
  add_language_option(*show_command, line->language);

  auto* report_command = add("report", "One HTML file, to send or to open in a browser", run_trace_report);
  add_path(report_command);
  add_only(report_command);
  report_command->add_option("-o,--output", line->output, "The file; an existing one is replaced")
      ->type_name("FILE.html")
      ->capture_default_str();
  report_command
      ->add_option("--survey", line->surveys,
                   "What the servers' TLS is able to, as `check --protocols --json` wrote it. Repeatable")
      ->type_name("FILE.json")
      ->allow_extra_args(false);

  add_language_option(*report_command, line->language,
                      "The language that it begins in: en or vi (default: LC_ALL, LC_MESSAGES, LANG)");

  command->footer(
      "Examples:\n"
      "  mailtap run --listen :8443 --upstream mail.contoso.local:443 --trace traces\n"
      "  mailtap trace list traces --only failed\n"
      "  mailtap trace show traces 42\n"
      "  mailtap trace report traces -o handshakes.html");
}

}  // namespace mailtap::commands
