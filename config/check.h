// The one entry to configuration: for the start, for a reload, and for `mailtap config check`.
#pragma once

#include <string>
#include <string_view>

#include "config/base/language.h"
#include "config/base/result.h"
#include "config/command_line.h"
#include "config/options.h"
#include "config/settings.h"

namespace mailtap::config {

/// Reads the file that `line` names, puts the command line's options over it, checks everything. The error
/// has a line for every problem. Layers, the later ones first: the command line, the [[route]], the top of
/// the file, the defaults. `listen` and `upstream` of the command line make one more route, the last.
Result<Settings> load_settings(const RunCommandLine& line);

/// The part of load_settings that reads no configuration file: `text` is the content of line.config_file.
Result<Settings> settings_from(const RunCommandLine& line, std::string_view text);

/// The same, as far as it can be read: for whoever looks for further mistakes in it.
struct Reading {
  Settings settings;
  Problems problems;  ///< each once, in the order of the file
};
Reading read_settings(const RunCommandLine& line);

/// Puts those that begin with `file`:LINE:COLUMN in that order, before others, and each once.
Problems in_file_order(const Problems& problems, const std::string& file);

/// Of what mailtap says of itself, errors of the settings included: Settings::language, else the
/// environment's.
Language message_language(const Settings& settings);

/// What a configuration says, a few lines for each route.
std::string summary(const std::string& file, const Settings& settings, Language language);

}  // namespace mailtap::config
