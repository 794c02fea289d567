#include "proxy/runtime/control.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>

namespace mailtap::proxy {

struct Control::Inside {};

// NOLINTNEXTLINE(performance-unnecessary-value-param): Windows's keeps it
Control::Control(std::function<void(Told)> /*told*/) {}
Control::~Control() = default;

std::string how_to_tell() {
  return {};
}

Result<void> tell(unsigned long process, Told what) {
  const auto signals = process_signals();
  const auto its =
      std::find_if(signals.begin(), signals.end(), [&](const Signal& signal) { return signal.what == what; });
  if (::kill(static_cast<pid_t>(process), its->number) == 0) return {};
  return fail("process " + std::to_string(process) + " can't be told: " + std::strerror(errno) +
              "; see that it runs, and ask as its user or as root");
}

}  // namespace mailtap::proxy
