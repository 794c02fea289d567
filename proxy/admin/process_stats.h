// The stats of this process that Prometheus's clients have in common.
#pragma once

#include <string_view>
#include <vector>

namespace mailtap::admin {

struct ProcessStat {
  std::string_view name;
  std::string_view help;
  bool is_counter = false;  ///< else a gauge
  double value = 0;
};

/// From /proc; what can't be read is left out.
std::vector<ProcessStat> process_stats();

}  // namespace mailtap::admin
