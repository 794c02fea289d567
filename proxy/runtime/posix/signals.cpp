#include "proxy/runtime/signals.h"

#include <csignal>

namespace mailtap::proxy {

std::vector<Signal> process_signals() {
  return {{SIGTERM, Told::stop},
          {SIGINT, Told::stop},
          {SIGHUP, Told::reload},
          {SIGUSR1, Told::write_traces},
          {SIGUSR2, Told::hand_over}};
}

}  // namespace mailtap::proxy
