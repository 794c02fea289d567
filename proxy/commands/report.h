// `mailtap report`: who uses what, with the deadlines that apply.
#pragma once

namespace CLI {
class App;
}

namespace mailtap::commands {

/// Adds the command; when it is called `status` gets the exit code.
void add_report(CLI::App& app, int& status);

}  // namespace mailtap::commands
