// `mailtap check`: what a server's certificate, or a file's, is worth.
#pragma once

namespace CLI {
class App;
}

namespace mailtap::commands {

/// Adds the command to `app`. When it is run, `status` becomes the process's exit code.
void add_check(CLI::App& app, int& status);

}  // namespace mailtap::commands
