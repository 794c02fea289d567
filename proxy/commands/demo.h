// `mailtap demo`: what mailtap says of each kind of fault, on an installation of its own.
#pragma once

#include <string>

namespace mailtap::commands {

/// What the command line says, as it was written.
struct DemoLine {
  bool keep = false;
  std::string language;
};

/// The process's exit code.
int run_demo(const DemoLine& line);

}  // namespace mailtap::commands
