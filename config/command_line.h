// The options of `mailtap run` as its command line gives them (proxy/command_line/run_options.h).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/options.h"

namespace mailtap::config {

/// What the command line says, kept as it was written: a reload (SIGHUP) reads it again together with the
/// file.
struct RunCommandLine {
  std::string config_file;                                 ///< empty: none
  std::map<std::string, OptionValues, std::less<>> given;  ///< by the option's name
};

/// In the form that both readers share, labelled "--NAME".
GivenOptions given_options(const RunCommandLine& line);

}  // namespace mailtap::config
