// `mailtap tell`: to a mailtap that runs in a console what a signal would tell it elsewhere.
#pragma once

#include <string>

namespace mailtap::commands {

/// What the command line says, as it was written.
struct TellLine {
  unsigned long process = 0;  ///< its number
  std::string what;           ///< stop, reload or traces
  std::string language;
};

/// The process's exit code.
int run_tell(const TellLine& line);

}  // namespace mailtap::commands
