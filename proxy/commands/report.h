// `mailtap report`: who uses what, with the deadlines that apply.
#pragma once

#include <string>
#include <vector>

namespace mailtap::commands {

/// What the command line says, as it was written.
struct ReportLine {
  std::vector<std::string> logs;
  std::string at;
  std::string language;
  bool json = false;
};

/// The process's exit code.
int run_report(const ReportLine& line);

}  // namespace mailtap::commands
