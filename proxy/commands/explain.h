// `mailtap explain`: what an error text means.
#pragma once

namespace CLI {
class App;
}

namespace mailtap::commands {

/// Adds the command; when it is called `status` gets the exit code.
void add_explain(CLI::App& app, int& status);

}  // namespace mailtap::commands
