// What mailtap's log says of a connection: the demonstration reads the verdicts from the JSON lines that any
// other reader of the log gets (docs/log.md).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"

namespace mailtap::demo {

struct Logged {
  std::string route;
  bool trusted = false;
  std::vector<std::string> faults;
  bool name_matches = false;
  std::vector<unsigned> causes;
  std::vector<std::string> policy_errors;
  std::vector<std::string> chain_status;
  std::string advice;
  std::uint64_t to_upstream = 0;
  std::uint64_t to_downstream = 0;
  std::string ending;
};

/// An error quotes what it misses in the line.
Result<Logged> parse_log_line(std::string_view line);

/// The first line of the route in `file`, waiting for it to be written.
Result<Logged> await_log_line(const std::string& file, const std::string& route,
                              std::chrono::milliseconds patience = std::chrono::seconds{5});

}  // namespace mailtap::demo
