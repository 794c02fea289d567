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
  bool misread = false;  ///< something of it couldn't be read
};

struct TomlFile {
  GivenOptions options;  ///< of the top level
  std::vector<RouteTable> routes;
  /// A line for each, `FILE:LINE:COLUMN: KEY: what; what to do`, in the order of the file.
  Problems problems;
  bool misread = false;  ///< something couldn't be read that may be of every route
};

/// Reads `text`, which came from the file of that name, as far as it can be read; touches no file. Relative
/// paths in it become relative to the file's folder. Values are checked for their type here, for their
/// meaning by apply().
TomlFile parse_toml(std::string_view text, const std::string& file);

}  // namespace mailtap::config
