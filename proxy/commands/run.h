// `mailtap run`: the proxy.
#pragma once

#include <functional>

#include "config/command_line.h"

namespace mailtap::inspect {
class Messages;
}
namespace mailtap::proxy {
struct Launch;
}

namespace mailtap::commands {

/// The process's exit code.
int run_proxy(const config::RunCommandLine& line);

/// What it does, until it is told to end, in a process that is set up otherwise, such as a service of
/// Windows's. `started` is called once connections are accepted. The process's exit code.
int serve(const config::RunCommandLine& line, const inspect::Messages& messages, proxy::Launch launch,
          const std::function<void()>& started);

}  // namespace mailtap::commands
