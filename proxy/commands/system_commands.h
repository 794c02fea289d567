// Commands that one system alone needs.
#pragma once

namespace CLI {
class App;
}

namespace mailtap::commands {

/// On Windows `mailtap service` and `mailtap tell`; elsewhere there are services' managers and signals.
void add_system_commands(CLI::App& app, int& status);

}  // namespace mailtap::commands
