// What the demonstration writes.
#pragma once

#include <chrono>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/language.h"
#include "proxy/demo/outcome.h"
#include "proxy/terminal/table.h"

namespace mailtap::demo {

class Report {
 public:
  /// All of them must outlive it.
  Report(const Lab& lab, std::ostream& out, const terminal::Style& style, Language language)
      : lab_(lab), out_(out), style_(style), language_(language) {}

  // In this order.
  void begin();
  /// A line for the next server.
  void progress(const LabServer& server, const Outcome& outcome);
  /// What the router, .NET and mailtap say of each server, and what to do.
  void verdicts(const std::vector<Outcome>& outcomes);
  /// What wasn't as expected, and how many were.
  void sum(const std::vector<Outcome>& outcomes, std::chrono::milliseconds took);
  /// For --keep: addresses, and commands to try.
  void commands(const Installation& installation);

 private:
  std::string say(std::string_view sentence, const std::vector<std::string>& values = {}) const;
  std::string describe(const Result<Poll>& poll) const;
  terminal::Row table_row(const LabServer& server, const Outcome& outcome) const;

  const Lab& lab_;
  std::ostream& out_;
  const terminal::Style& style_;
  Language language_;
};

}  // namespace mailtap::demo
