// `mailtap router`: what the CRM E-mail Router is configured to connect to, and what those servers are worth.
#pragma once

namespace CLI {
class App;
}

namespace mailtap::commands {

/// Adds the command to `app`. When it is run, `status` becomes the process's exit code.
void add_router(CLI::App& app, int& status);

}  // namespace mailtap::commands
