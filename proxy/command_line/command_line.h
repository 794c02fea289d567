// The whole command line, for the program itself and for the pages that are made from it (packaging/pages).
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace mailtap::commands {

/// Reads `arguments`, of which the first is the program's name, and does what they say. The process's exit
/// code: 64 (sysexits.h) where they can't be understood, which is said on standard error. `version` is what
/// --version says first; `by_profile`: it also says that the program was optimised so (scripts/profiled).
int run_command_line(const std::vector<std::string>& arguments, const std::string& version, bool by_profile);

/// What mailtap is, with all commands. A command that is run sets `status`, the process's exit code.
void add_all(CLI::App& app, int& status);

}  // namespace mailtap::commands
