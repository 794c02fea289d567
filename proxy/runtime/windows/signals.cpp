#include "proxy/runtime/signals.h"

#include <csignal>

#include <uv.h>

namespace mailtap::proxy {

/// Ctrl-C, Ctrl-Break, and the console's window being closed (libuv's names for them). The rest comes by a
/// named event (control.h).
std::vector<Signal> process_signals() {
  return {{SIGINT, Told::stop}, {SIGBREAK, Told::stop}, {SIGHUP, Told::stop}};
}

}  // namespace mailtap::proxy
