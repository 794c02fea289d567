// `mailtap run`: the proxy.
#pragma once

namespace CLI {
class App;
}

namespace mailtap::commands {

/// Adds the command to `app`. When it is run, `status` becomes the process's exit code.
void add_run(CLI::App& app, int& status);

}  // namespace mailtap::commands
