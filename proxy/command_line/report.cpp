#include "proxy/commands/report.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "proxy/command_line/commands.h"
#include "proxy/command_line/language_option.h"

namespace mailtap::commands {

void add_report(CLI::App& app, int& status) {
  auto* command = app.add_subcommand(
      "report", "Say who still uses EWS, Basic, NTLM or TLS 1.0, and whose certificates are near their end");
  auto line = std::make_shared<ReportLine>();
  command
      ->add_option("LOG", line->logs,
                   "Logs of `run --log-format json`, the oldest first; - for standard input")
      ->required();
  command->add_option("--at", line->at,
                      "Count days from this time, such as 2026-11-29T00:00:00Z (default: now)");
  add_language_option(*command, line->language);
  command->add_flag("--json", line->json, "One JSON document instead of text");
  command->footer(
      "Exit code: 0 nothing of it is in use, 1 something is, 64 usage, 66 a log can't be read, or no "
      "line of\n"
      "any. Lines that can't be read are named on standard error, counted, and passed over.\n"
      "\n"
      "  mailtap report /var/log/mailtap/connections.jsonl\n"
      "  zcat connections.jsonl.*.gz | mailtap report - --json");
  command->callback([line, &status] { status = run_report(*line); });
}

}  // namespace mailtap::commands
