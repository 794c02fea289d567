// What the demonstration writes.
#pragma once

#include <chrono>
#include <iosfwd>
#include <vector>

#include "proxy/demo/outcome.h"
#include "proxy/terminal/table.h"

namespace mailtap::demo {

class Report {
 public:
  /// All of them must outlive it.
  Report(const Lab& lab, std::ostream& out, const terminal::Style& style)
      : lab_(lab), out_(out), style_(style) {}

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
  const Lab& lab_;
  std::ostream& out_;
  const terminal::Style& style_;
};

}  // namespace mailtap::demo
