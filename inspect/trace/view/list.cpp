#include "inspect/trace/view/list.h"

#include "config/base/phrases.h"
#include "inspect/trace/view/columns.h"
#include "inspect/writers/human.h"
#include "inspect/writers/printable.h"

namespace mailtap::trace {

namespace {

/// At least `width` characters, and two spaces.
std::string cell(std::string text, std::size_t width) {
  return padded(std::move(text), width) + "  ";
}

std::string versions(const StoredTrace& trace) {
  return inspect::or_dash(trace.downstream.tls) + "/" + inspect::or_dash(trace.upstream.tls);
}

}  // namespace

std::string list_heading(Language language) {
  return cell("ID", 6) + cell(said(language, "TIME (UTC)"), 23) + cell(said(language, "CLIENT"), 21) +
         cell(said(language, "NAME"), 24) + cell(said(language, "TLS CLIENT/SERVER"), 17) +
         cell(said(language, "ENDING"), 28) + said(language, "VERDICT");
}

std::string list_row(const StoredTrace& trace, bool coloured, Language language) {
  const auto good = trace.trusted && (!trace.checks_name || trace.name_matches);
  const auto colour = !trace.has_verdict ? inspect::colour::yellow
                      : good             ? inspect::colour::green
                                         : inspect::colour::red;
  auto verdict = inspect::printable(in_language(trace.verdict_text(), language));
  if (coloured) verdict = std::string(colour) + verdict + std::string(inspect::colour::none);
  auto time = inspect::printable(trace.time);
  if (time.size() == 24 && time[10] == 'T') time = time.substr(0, 10) + " " + time.substr(11, 12);
  const auto& name = !trace.name_checked.empty() ? trace.name_checked : trace.sni;
  return cell(std::to_string(trace.id), 6) + cell(time, 23) +
         cell(inspect::or_dash(trace.downstream.address), 21) + cell(inspect::or_dash(name), 24) +
         cell(versions(trace), 17) + cell(inspect::or_dash(trace.ending_reason), 28) + verdict;
}

}  // namespace mailtap::trace
