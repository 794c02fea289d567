// `mailtap top`.
#pragma once

#include <string>

namespace mailtap::commands {

/// What the command line says, as it was written.
struct TopLine {
  std::string url = "http://127.0.0.1:8025/";
  std::string token_file;
  std::string interval = "2s";
  std::string language;
  bool once = false;
};

/// The process's exit code.
int run_top(const TopLine& line);

}  // namespace mailtap::commands
