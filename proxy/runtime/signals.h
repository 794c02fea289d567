// What the process is told by signals, or by what the system has in their place.
#pragma once

#include <vector>

namespace mailtap::proxy {

enum class Told {
  stop,          ///< drain; the second time: end at once
  reload,        ///< read the configuration again
  write_traces,  ///< those that are kept in memory
  hand_over,     ///< to a new process
};

struct Signal {
  int number;  ///< for uv_signal_start
  Told what;
};

/// Those that the system has.
std::vector<Signal> process_signals();

}  // namespace mailtap::proxy
