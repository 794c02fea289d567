#include "proxy/alerts/program.h"

#include <csignal>
#include <cstdlib>

namespace mailtap::alerts {

std::vector<std::string> plain_environment() {
  std::vector<std::string> variables{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                     "LANG=C.UTF-8"};
  for (const auto* name : {"HOME", "TZ"})
    if (const char* value = std::getenv(name)) variables.push_back(std::string(name) + "=" + value);
  return variables;
}

/// Detached it has a session, and so a process group, of its own.
void end_with_children(int process, Ending how) {
  ::kill(-process, how == Ending::politely ? SIGTERM : SIGKILL);
}

}  // namespace mailtap::alerts
