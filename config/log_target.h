// Where a log goes, and in which form.
#pragma once

#include <string>

#include "config/enums.h"

namespace mailtap::config {

struct LogTarget {
  std::string file = "-";  ///< "-": standard output
  LogFormat format = LogFormat::text;
  bool operator==(const LogTarget&) const = default;
};

}  // namespace mailtap::config
