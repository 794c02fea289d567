// What `mailtap check --protocols --json` wrote, for the report.
#pragma once

#include <string>
#include <vector>

#include "config/base/result.h"

namespace mailtap::trace {

struct StoredSurvey {
  std::string target;     ///< as it was asked for
  std::string name;       ///< the server's; empty: none was given
  std::string time;       ///< RFC 3339
  std::string protocols;  ///< the member "protocols" (docs/protocols.md), a JSON object
};

/// Of all targets in the file that have one; none at all is an error.
Result<std::vector<StoredSurvey>> read_surveys(const std::string& path);

}  // namespace mailtap::trace
