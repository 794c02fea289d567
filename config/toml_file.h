// The configuration file: process options and defaults for all routes at the top, then [[route]] tables.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/options.h"

namespace mailtap::config {

/// One [[route]].
struct RouteTable {
  std::string id;      ///< empty: not given
  std::string origin;  ///< FILE:LINE:COLUMN of the table
  std::string id_label;
  GivenOptions options;
};

struct TomlFile {
  GivenOptions options;  ///< of the top level
  std::vector<RouteTable> routes;
};

/// Reads `text`, which came from the file of that name; touches no file. Relative paths in it become relative
/// to the file's folder. The error has a line for every problem, `FILE:LINE:COLUMN: KEY: what; what to do`,
/// in the order of the file. Values are checked for their type here, for their meaning by apply().
Result<TomlFile> parse_toml(std::string_view text, const std::string& file);

}  // namespace mailtap::config
