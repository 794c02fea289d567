// `mailtap router`: what the CRM E-mail Router is configured to connect to, and what those servers are worth.
#pragma once

#include <string>
#include <vector>

namespace mailtap::commands {

/// What the command line says, as it was written.
struct RouterShowLine {
  std::string file;
  std::vector<std::string> trust{"system"};
  std::vector<std::string> crl;
  std::string at;
  std::string as;
  std::string timeout;  ///< empty: check::Options' own
  std::string language;
  bool only_list = false;
  bool json = false;
};

/// The process's exit code.
int run_router_show(const RouterShowLine& line);

}  // namespace mailtap::commands
