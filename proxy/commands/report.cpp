#include "proxy/commands/report.h"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "certs/advice/advice.h"
#include "config/base/phrases.h"
#include "config/base/text.h"
#include "config/values.h"
#include "inspect/report/answer.h"
#include "inspect/writers/printable.h"
#include "proxy/commands/failure.h"

namespace mailtap::commands {

namespace {

// docs/report.md
constexpr int work_to_do = 1;

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

}  // namespace

int run_report(const ReportLine& line) {
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

}  // namespace mailtap::commands
