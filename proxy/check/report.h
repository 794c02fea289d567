// What is said of the targets: for people, and for programs.
#pragma once

#include <string>
#include <vector>

#include "proxy/check/check.h"
#include "proxy/terminal/table.h"

namespace mailtap::check {

/// A block for each target; of several, a table of all at the end. What servers sent is made harmless.
std::string to_text(const std::vector<Report>& reports, certs::Language language,
                    const terminal::Style& style);

/// One JSON document (docs/check.md), ended by a newline. `time`: when it was checked.
std::string to_json(const std::vector<Report>& reports, Time time,
                    certs::Language language = certs::Language::english);

/// As lines, for many targets: one as each is ready, and at the end how many there were of each exit status.
std::string to_json_line(const Report& report, Time time,
                         certs::Language language = certs::Language::english);
std::string to_json_sum(const std::vector<Report>& reports, Time time);

}  // namespace mailtap::check
