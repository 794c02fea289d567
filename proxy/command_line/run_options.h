// The options of `mailtap run`, read from the command line.
#pragma once

#include "config/command_line.h"

namespace CLI {
class App;
}

namespace mailtap::commands {

/// Adds --config and every option of the table to `command`. `out` must outlive the parsing.
void add_run_options(CLI::App& command, config::RunCommandLine& out);

}  // namespace mailtap::commands
