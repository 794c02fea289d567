#include "config/command_line.h"

namespace mailtap::config {

GivenOptions given_options(const RunCommandLine& line) {
  GivenOptions given;
  for (const auto& [name, values] : line.given)
    if (const auto* option = find_option(name); option != nullptr && !values.empty())
      given[option->name] = {values, "--" + name};
  return given;
}

}  // namespace mailtap::config
