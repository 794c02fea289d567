// mailtap trace: list, show and report what `mailtap run --trace` recorded.
#pragma once

namespace CLI {
class App;
}

namespace mailtap::commands {

/// Adds the command to `app`; when it is the one that was given, `status` is what the process exits with.
void add_trace(CLI::App& app, int& status);

}  // namespace mailtap::commands
