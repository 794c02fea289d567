// `mailtap top`.
#pragma once

namespace CLI {
class App;
}

namespace mailtap::commands {

void add_top(CLI::App& app, int& status);

}  // namespace mailtap::commands
