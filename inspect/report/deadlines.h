// The days of certs/verify/dates.tsv that concern a use.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/base/text.h"

namespace mailtap::report {

struct Deadline {
  std::string date;    ///< "2026-10-01"
  long days_left = 0;  ///< negative: since
  std::string_view event;
  std::string_view source;
};

/// The earliest first.
std::vector<Deadline> deadlines_of(std::string_view what, Time at);

}  // namespace mailtap::report
