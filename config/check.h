// The one entry to configuration: for the start, for a reload, and for `mailtap config check`.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include "config/base/result.h"
#include "config/command_line.h"
#include "config/settings.h"

namespace mailtap::config {

/// Reads the file that `line` names, puts the command line's options over it, checks everything. The error
/// has a line for every problem. Layers, the later ones first: the command line, the [[route]], the top of
/// the file, the defaults. `listen` and `upstream` of the command line make one more route, the last.
Result<Settings> load_settings(const RunCommandLine& line);

/// `mailtap config check FILE`: tells the routes on `out` and answers 0, or the problems on `err` and 1.
int config_check(const std::string& file, std::ostream& out, std::ostream& err);

/// The part of load_settings that reads no configuration file: `text` is the content of line.config_file.
Result<Settings> settings_from(const RunCommandLine& line, std::string_view text);

}  // namespace mailtap::config
