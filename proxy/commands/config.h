// `mailtap config check`: is the configuration file right, and what does it say.
#pragma once

namespace CLI {
class App;
}

namespace mailtap::commands {

/// Adds the command to `app`. When it is run, `status` becomes the process's exit code.
void add_config(CLI::App& app, int& status);

}  // namespace mailtap::commands
