// The whole command line, for the program itself and for the pages that are made from it (packaging/pages).
#pragma once

namespace CLI {
class App;
}

namespace mailtap::commands {

/// What mailtap is, with all commands. A command that is run sets `status`, the process's exit code.
void add_all(CLI::App& app, int& status);

}  // namespace mailtap::commands
