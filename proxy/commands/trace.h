// mailtap trace: list, show and report what `mailtap run --trace` recorded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace mailtap::commands {

/// What the command line says, as it was written.
struct TraceLine {
  std::string path;
  std::vector<std::string> only;
  std::uint64_t id = 0;
  std::string output = "mailtap-report.html";
  std::vector<std::string> surveys;
  std::string language;
  std::size_t last = 0;
  bool json = false;
};

// Each gives the process's exit code.

int run_trace_list(const TraceLine& line);
int run_trace_show(const TraceLine& line);
int run_trace_report(const TraceLine& line);

}  // namespace mailtap::commands
