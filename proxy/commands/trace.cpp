#include "proxy/commands/trace.h"

#include <cstdlib>
#include <iostream>
#include <iterator>

#include <unistd.h>

#include "config/base/file.h"
#include "config/base/phrases.h"
#include "config/values.h"
#include "inspect/record.h"
#include "inspect/trace/filter.h"
#include "inspect/trace/view/ladder.h"
#include "inspect/trace/view/list.h"
#include "inspect/trace/view/report.h"
#include "proxy/commands/failure.h"
#include "proxy/terminal/size.h"

namespace mailtap::commands {

namespace {

bool on_terminal() {
  return ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
}

std::size_t terminal_width() {
  const auto size = terminal::size_of(STDOUT_FILENO);
  return size ? size->columns : 100;
}

Language language_of(const TraceLine& line) {
  return config::language_for(line.language);
}

int complain(const TraceLine& line, const Error& error, int status = EXIT_FAILURE) {
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
Result<std::vector<trace::StoredTrace>> selected(const TraceLine& line, const trace::Filter& filter) {
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

}  // namespace

int run_trace_list(const TraceLine& line) {
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

int run_trace_show(const TraceLine& line) {
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

int run_trace_report(const TraceLine& line) {
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

}  // namespace mailtap::commands
