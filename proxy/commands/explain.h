// `mailtap explain`: what an error text means.
#pragma once

#include <string>
#include <vector>

namespace mailtap::commands {

/// What the command line says, as it was written.
struct ExplainLine {
  std::vector<std::string> text;
  std::vector<std::string> files;
  std::string language;
  bool json = false;
};

/// The process's exit code.
int run_explain(const ExplainLine& line);

}  // namespace mailtap::commands
