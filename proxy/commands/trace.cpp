#include "proxy/commands/trace.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <memory>

#include <unistd.h>

#include "config/base/file.h"
#include "config/base/phrases.h"
#include "config/values.h"
#include "inspect/record.h"
#include "inspect/trace/filter.h"
#include "inspect/trace/view/ladder.h"
#include "inspect/trace/view/list.h"
#include "inspect/trace/view/report.h"
#include "proxy/commands/language_option.h"
#include "proxy/terminal/size.h"

namespace mailtap::commands {

namespace {

constexpr int usage_error = 64;  // sysexits.h

/// As they were written.
struct Line {
  std::string path;
  std::vector<std::string> only;
  std::uint64_t id = 0;
  std::string output = "mailtap-report.html";
  std::vector<std::string> surveys;
  std::string language;
  std::size_t last = 0;
  bool json = false;
};

bool on_terminal() {
  return ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
}

std::size_t terminal_width() {
  const auto size = terminal::size_of(STDOUT_FILENO);
  return size ? size->columns : 100;
}

Language language_of(const Line& line) {
  return config::language_for(line.language);
}

int complain(const Line& line, const Error& error, int status = EXIT_FAILURE) {
  std::cerr << "mailtap: error: " << in_language(error.message, language_of(line)) << '\n';
  return status;
}

void tell(const trace::ReadSummary& summary, Language language) {
  if (summary.lost > 0)
    std::cerr << "mailtap: "
              << said(language,
                      summary.lost == 1 ? "{n} connection is missing: the disk was too slow or full"
                                        : "{n} connections are missing: the disk was too slow or full",
                      {std::to_string(summary.lost)})
              << '\n';
  if (summary.skipped > 0)
    std::cerr << "mailtap: "
              << said(language,
                      summary.skipped == 1 ? "{n} line is no trace and was passed over: {WHY}"
                                           : "{n} lines are no trace and were passed over; the first: {WHY}",
                      {std::to_string(summary.skipped), in_language(summary.first_problem, language)})
              << '\n';
}

std::string connections(std::size_t count, Language language) {
  return said(language, count == 1 ? "{n} connection" : "{n} connections", {std::to_string(count)});
}

/// The traces that pass the filter, of many only the last `line.last`; a status when that can't be.
Result<std::vector<trace::StoredTrace>> selected(const Line& line, const trace::Filter& filter) {
  std::vector<trace::StoredTrace> traces;
  const auto max = line.last != 0 ? line.last : trace::max_reported;
  const auto summary = trace::read_traces(line.path, [&](trace::StoredTrace&& one) {
    if (filter.passes(trace::as_connection(one))) traces.push_back(std::move(one));
    // Bounded, however large the folder is.
    if (traces.size() >= 2 * max)
      traces.erase(traces.begin(), traces.end() - static_cast<std::ptrdiff_t>(max));
    return true;
  });
  if (!summary) return tl::unexpected(summary.error());
  tell(*summary, language_of(line));
  if (traces.size() > max) traces.erase(traces.begin(), traces.end() - static_cast<std::ptrdiff_t>(max));
  return traces;
}

int list(const Line& line) {
  const auto filter = trace::Filter::parse(line.only);
  if (!filter) return complain(line, {"--only: " + filter.error().message}, usage_error);
  const auto traces = selected(line, *filter);
  if (!traces) return complain(line, traces.error());
  const auto language = language_of(line);
  if (!line.json) std::cout << trace::list_heading(language) << '\n';
  for (const auto& each : *traces)
    std::cout << (line.json ? each.line : trace::list_row(each, on_terminal(), language)) << '\n';
  if (!line.json) std::cout << connections(traces->size(), language) << '\n';
  return EXIT_SUCCESS;
}

int show(const Line& line) {
  std::optional<trace::StoredTrace> found;
  const auto summary = trace::read_traces(line.path, [&](trace::StoredTrace&& one) {
    if (one.id == line.id) found = std::move(one);  // of several runs the latest
    return true;
  });
  if (!summary) return complain(line, summary.error());
  const auto language = language_of(line);
  tell(*summary, language);
  if (!found)
    return complain(
        line, {said(language, "connection {n} isn't in {path}; `mailtap trace list {folder}` says which are",
                    {std::to_string(line.id), line.path, line.path})});
  if (line.json)
    std::cout << found->line << '\n';
  else
    std::cout << trace::ladder(*found, {on_terminal(), terminal_width(), language});
  return EXIT_SUCCESS;
}

int report(const Line& line) {
  const auto filter = trace::Filter::parse(line.only);
  if (!filter) return complain(line, {"--only: " + filter.error().message}, usage_error);
  const auto traces = selected(line, *filter);
  if (!traces) return complain(line, traces.error());
  const auto language = language_of(line);
  if (traces->empty())
    return complain(line, {said(language, "no connection in {path} passes --only", {line.path})});
  std::vector<trace::StoredSurvey> surveys;
  for (const auto& path : line.surveys) {
    auto found = trace::read_surveys(path);
    if (!found) return complain(line, {"--survey: " + found.error().message});
    surveys.insert(surveys.end(), std::make_move_iterator(found->begin()),
                   std::make_move_iterator(found->end()));
  }
  auto about = std::to_string(traces->size()) + (traces->size() == 1 ? " connection" : " connections") +
               " from " + traces->front().time + " to " + traces->back().time;
  const auto written =
      replace_file(line.output, trace::report_html(*traces, about, language, surveys), FileMode::owner_only);
  if (!written) return complain(line, written.error());
  std::cout << line.output << ": " << in_language(about, language) << '\n';
  return EXIT_SUCCESS;
}

}  // namespace

void add_trace(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("trace", "Look at the handshakes that `run --trace` recorded");
  command->require_subcommand(1);
  auto line = std::make_shared<Line>();
  const auto add = [&](const char* name, const char* help, int (*run)(const Line&)) {
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

  auto* list_command = add("list", "A line for each connection", list);
  add_path(list_command);
  add_only(list_command);
  list_command->add_flag("--json", line->json, "The traces themselves, as recorded (docs/trace.schema.json)");
  add_language_option(*list_command, line->language);

  auto* show_command =
      add("show", "One connection: both handshakes side by side, and where the fault struck", show);
  add_path(show_command);
  show_command->add_option("ID", line->id, "Its number, as in the log and in `trace list`")->required();
  show_command->add_flag("--json", line->json, "The trace itself, as recorded");
  add_language_option(*show_command, line->language);

  auto* report_command = add("report", "One HTML file, to send or to open in a browser", report);
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
