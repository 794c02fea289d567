// `mailtap demo`: what mailtap says of each kind of fault, on an installation of its own.
#pragma once

namespace CLI {
class App;
}

namespace mailtap::commands {

/// Adds the command to `app`. When it is run, `status` becomes the process's exit code.
void add_demo(CLI::App& app, int& status);

}  // namespace mailtap::commands
