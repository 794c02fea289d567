// The options of `mailtap run`, read from the command line.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/options.h"

namespace CLI {
class App;
}

namespace mailtap::config {

/// What the command line says, kept as it was written: a reload (SIGHUP) reads it again together with the
/// file.
struct RunCommandLine {
  std::string config_file;                                 ///< empty: none
  std::map<std::string, OptionValues, std::less<>> given;  ///< by the option's name
};

/// Adds --config and every option of the table to `command`. `out` must outlive the parsing.
void add_run_options(CLI::App& command, RunCommandLine& out);

/// In the form that both readers share, labelled "--NAME".
GivenOptions given_options(const RunCommandLine& line);

}  // namespace mailtap::config
