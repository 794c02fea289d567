// `mailtap run`: the proxy.
#pragma once

#include <functional>

#include "config/command_line.h"
#include "inspect/writers/messages.h"
#include "proxy/runtime/server.h"

namespace CLI {
class App;
}

namespace mailtap::commands {

/// What `mailtap run` does, until it is told to end. `started` is called once connections are accepted. The
/// process's exit code.
int serve(const config::RunCommandLine& line, const inspect::Messages& messages, proxy::Launch launch,
          const std::function<void()>& started);

/// Adds the command to `app`. When it is run, `status` becomes the process's exit code.
void add_run(CLI::App& app, int& status);

}  // namespace mailtap::commands
