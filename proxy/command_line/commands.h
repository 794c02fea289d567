// The commands of mailtap's command line, each defined in the source of its name: its options, its help, and
// which function of proxy/commands it calls with what was given.
#pragma once

namespace CLI {
class App;
}

namespace mailtap::commands {

// Each adds its command to `app`. When it is run, `status` becomes the process's exit code.

void add_run(CLI::App& app, int& status);
void add_check(CLI::App& app, int& status);
void add_explain(CLI::App& app, int& status);
void add_report(CLI::App& app, int& status);
void add_router(CLI::App& app, int& status);
void add_config(CLI::App& app, int& status);
void add_ca(CLI::App& app, int& status);
void add_trace(CLI::App& app, int& status);
void add_top(CLI::App& app, int& status);
void add_demo(CLI::App& app, int& status);

/// Those that one system alone needs: on Windows `mailtap service` and `mailtap tell`; elsewhere there are
/// services' managers and signals.
void add_system_commands(CLI::App& app, int& status);

}  // namespace mailtap::commands
