// tls_interoperability [--list | --tables] [--expected FILE] [PATTERN...]
//
//   PATTERN     cells by name, with the shell's wildcards: 'libcrypto/client/*CBC_SHA256*'. None: all
//   --list      the cells' names alone
//   --tables    what the sessions offer, as JSON
//   --expected  lines of a pattern, blanks and a reason: cells that fail. One that doesn't is a failure
//
// Status 0: every cell that a peer here can speak came through, or was expected not to.
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <span>

#include <fnmatch.h>

#include "tests/tls/crypto/backends.h"
#include "tests/tls/interoperability/cells.h"
#include "tests/tls/peers/tables.h"
#include "tls/crypto/shortcuts.h"
#include "tls/names.h"
#include "tls/sessions/sessions.h"

using namespace mailtap;
using namespace mailtap::tests;

namespace {

struct Expectation {
  std::string pattern;
  std::string reason;
  mutable bool was_met = false;
  mutable bool had_cells = false;
};

struct Options {
  bool list = false;
  bool tables = false;
  std::vector<std::string> patterns;
  std::vector<Expectation> expected;
};

bool matches(const std::string& pattern, const std::string& name) {
  return fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
}

std::vector<Expectation> read_expectations(const std::string& file) {
  std::vector<Expectation> all;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    const auto end = line.find(' ');
    if (line.empty() || line[0] == '#' || end == std::string::npos) continue;
    all.push_back({line.substr(0, end), line.substr(line.find_first_not_of(' ', end))});
  }
  return all;
}

Options read_options(std::span<char*> arguments) {
  Options options;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string argument = arguments[i];
    if (argument == "--list")
      options.list = true;
    else if (argument == "--tables")
      options.tables = true;
    else if (argument == "--expected" && i + 1 < arguments.size())
      options.expected = read_expectations(arguments[++i]);
    else
      options.patterns.push_back(argument);
  }
  return options;
}

std::string json_list(const std::vector<std::uint16_t>& numbers, std::string (*name)(std::uint16_t)) {
  std::string text;
  for (const auto number : numbers) text += (text.empty() ? "\"" : ",\"") + name(number) + "\"";
  return "[" + text + "]";
}

void print_tables() {
  const auto tables = policy_tables();
  std::cout << "{\"cipher_suites\":" << json_list(tables.cipher_suites, tls::cipher_suite_name)
            << ",\n \"groups\":" << json_list(tables.groups, tls::group_name)
            << ",\n \"signature_algorithms\":"
            << json_list(tables.signature_algorithms, tls::signature_algorithm_name)
            << ",\n \"legacy_cipher_suites\":" << json_list(legacy_cipher_suites(), tls::cipher_suite_name)
            << "}\n";
}

class Run {
 public:
  explicit Run(Options options) : options_(std::move(options)) {}

  void on_engine(const Engine& engine, const std::vector<Cell>& cells);
  bool report();

 private:
  bool is_wanted(const Cell& cell) const {
    if (options_.patterns.empty()) return true;
    for (const auto& pattern : options_.patterns)
      if (matches(pattern, cell.name)) return true;
    return false;
  }
  void note(const Cell& cell, const Outcome& outcome);

  Options options_;
  unsigned passed_ = 0;
  unsigned failed_ = 0;
  unsigned expected_ = 0;
  unsigned unspoken_ = 0;
  std::map<std::string, bool> spoken_;                    ///< by feature: by anybody
  std::map<std::string, std::set<std::string>> reasons_;  ///< why cells can't be spoken, with their features
};

void Run::note(const Cell& cell, const Outcome& outcome) {
  auto& is_spoken = spoken_[(cell.we_are_client ? "client: " : "server: ") + cell.feature];
  if (!outcome.unspoken.empty()) {
    ++unspoken_;
    reasons_[cell.stack->name + ": " + cell.feature].insert(outcome.unspoken);
    return;
  }
  is_spoken = true;
  const Expectation* expectation = nullptr;
  for (const auto& each : options_.expected)
    if (matches(each.pattern, cell.name)) {
      expectation = &each;
      each.had_cells = true;
    }
  if (outcome.problem.empty()) {
    ++passed_;
    return;
  }
  if (expectation != nullptr) {
    expectation->was_met = true;
    ++expected_;
    return;
  }
  ++failed_;
  std::cout << "FAILED " << cell.name << "\n       " << outcome.problem << "\n";
}

void Run::on_engine(const Engine& engine, const std::vector<Cell>& cells) {
  std::vector<const Cell*> wanted;
  for (const auto& cell : cells)
    if (cell.engine == &engine && is_wanted(cell)) wanted.push_back(&cell);
  if (wanted.empty()) return;
  if (const auto reason = crypto::why_not(engine.backend); !reason.empty()) {
    std::cout << "left out: " << wanted.size() << " cells of " << engine.name << ": " << reason << "\n";
    return;
  }
  std::optional<WithBackend> forced;  // has each operation done by a multi-buffer call
  const auto before = crypto::backend();
  if (engine.batches)
    (void)crypto::set_backend(engine.backend);
  else
    forced.emplace(engine.backend);
  mailtap_shortcuts_left_out = engine.left_out;
  const std::size_t together = engine.batches ? 24 : 1;
  for (std::size_t i = 0; i < wanted.size(); i += together) {
    const auto end = std::min(wanted.size(), i + together);
    const std::vector<const Cell*> group(wanted.begin() + static_cast<std::ptrdiff_t>(i),
                                         wanted.begin() + static_cast<std::ptrdiff_t>(end));
    const auto outcomes = converse(group);
    for (std::size_t j = 0; j < group.size(); ++j) note(*group[j], outcomes[j]);
  }
  mailtap_shortcuts_left_out = 0;
  (void)crypto::set_backend(before);
}

/// True: as it should be.
bool Run::report() {
  for (const auto& [what, reasons] : reasons_)
    for (const auto& reason : reasons) std::cout << "can't be spoken: " << what << ": " << reason << "\n";
  for (const auto& [feature, is_spoken] : spoken_)
    if (!is_spoken) std::cout << "spoken by no peer here: " << feature << "\n";
  unsigned stale = 0;
  for (const auto& each : options_.expected) {
    if (!each.had_cells) continue;
    if (each.was_met) {
      std::cout << "expected to fail: " << each.pattern << ": " << each.reason << "\n";
    } else {
      ++stale;
      std::cout << "FAILED to fail: no cell of " << each.pattern << " does; remove the line (" << each.reason
                << ")\n";
    }
  }
  std::cout << passed_ << " cells came through, " << failed_ << " failed, " << expected_
            << " failed as expected, " << unspoken_ << " can't be spoken by the peer\n";
  return failed_ == 0 && stale == 0 && passed_ > 0;
}

}  // namespace

int main(int count, char** arguments) {
  auto options = read_options({arguments, static_cast<std::size_t>(count)});
  if (!tls::initialise()) return 1;
  if (options.tables) {
    print_tables();
    return 0;
  }
  const auto cells = all_cells();
  if (options.list) {
    for (const auto& cell : cells) std::cout << cell.name << "\n";
    return 0;
  }
  Run run(std::move(options));
  for (const auto& engine : engines()) run.on_engine(engine, cells);
  return run.report() ? 0 : 1;
}
