#include "proxy/commands/report.h"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>

#include "certs/advice/advice.h"
#include "config/base/phrases.h"
#include "config/base/text.h"
#include "config/values.h"
#include "inspect/report/answer.h"
#include "inspect/writers/printable.h"
#include "proxy/commands/language_option.h"

namespace mailtap::commands {

namespace {

// docs/report.md
constexpr int work_to_do = 1;
constexpr int usage_error = 64;  // sysexits.h
constexpr int no_input = 66;

/// As they were written.
struct Line {
  std::vector<std::string> logs;
  std::string at;
  std::string language;
  bool json = false;
};

/// Line by line; of one that is longer than is read, the rest is passed over.
void read_lines(std::istream& from, const std::string& name, report::Inventory& into) {
  std::string line;
  std::size_t number = 0;
  auto* const bytes = from.rdbuf();
  for (int c = bytes->sbumpc(); c != std::char_traits<char>::eof() || !line.empty(); c = bytes->sbumpc()) {
    const bool ends = c == '\n' || c == std::char_traits<char>::eof();
    if (!ends && line.size() <= report::longest_line) line += static_cast<char>(c);
    if (!ends) continue;
    into.add(name, ++number, line);
    line.clear();
    if (c == std::char_traits<char>::eof()) break;
  }
  into.end_file();
}

int run_report(const Line& line) {
  const auto language = config::language_for(line.language);
  const auto complain = [&](const std::string& what) {
    std::cerr << "mailtap report: " << in_language(what, language) << '\n';
  };
  auto at = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (!line.at.empty()) {
    const auto given = from_rfc3339(line.at);
    if (!given) {
      complain("--at: " + given.error().message);
      return usage_error;
    }
    at = *given;
  }
  report::Inventory inventory;
  for (const auto& log : line.logs) {
    if (log == "-") {
      read_lines(std::cin, "standard input", inventory);
      continue;
    }
    std::error_code none;
    std::ifstream file(log, std::ios::binary);
    if (!file || std::filesystem::is_directory(log, none)) {
      const std::string why = std::filesystem::is_directory(log, none)
                                  ? "it is a folder; give the logs in it"
                                  : std::strerror(errno) + std::string("; correct the path, or its rights");
      complain(inspect::printable(log) + " can't be read: " + why);
      return no_input;
    }
    read_lines(file, log, inventory);
  }
  for (const auto& [file, number, problem] : inventory.bad())
    complain(inspect::printable(file) + ":" + std::to_string(number) + ": " + problem);
  std::cout << (line.json ? report::to_json(inventory, at, language) + "\n"
                          : report::to_text(inventory, at, language))
            << std::flush;
  if (inventory.bad_lines() > 0 && !report::has_read(inventory)) return no_input;
  return report::has_work(inventory, at) ? work_to_do : EXIT_SUCCESS;
}

}  // namespace

void add_report(CLI::App& app, int& status) {
  auto* command = app.add_subcommand(
      "report", "Say who still uses EWS, Basic, NTLM or TLS 1.0, and whose certificates are near their end");
  auto line = std::make_shared<Line>();
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
