// Traces as one HTML file that needs nothing else: per server its verdict, chain and advice; a time-line; the
// waterfall of one connection; versions and cipher suites as charts; a table that sorts and filters.
#pragma once

#include <string>
#include <vector>

#include "inspect/trace/view/stored_trace.h"

namespace mailtap::trace {

/// Connections that a report shows; of more, the latest.
inline constexpr std::size_t max_reported = 20'000;

/// The whole file. `about` says what it was made of, for its heading.
std::string report_html(const std::vector<StoredTrace>& traces, const std::string& about);

}  // namespace mailtap::trace
