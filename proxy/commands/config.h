// `mailtap config check`: is the configuration file right, and what does it say.
#pragma once

#include <string>

namespace mailtap::commands {

/// What the command line says, as it was written.
struct ConfigCheckLine {
  std::string file;
  bool ports = false;
  std::string language;
};

/// The process's exit code.
int run_config_check(const ConfigCheckLine& asked);

}  // namespace mailtap::commands
