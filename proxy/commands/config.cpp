#include "proxy/commands/config.h"

#include <iostream>

#include "config/base/phrases.h"
#include "config/check.h"
#include "proxy/runtime/preflight.h"

namespace mailtap::commands {

int run_config_check(const ConfigCheckLine& asked) {
  const auto& file = asked.file;
  config::RunCommandLine line;
  line.config_file = file;
  if (!asked.language.empty()) line.given["lang"] = {asked.language};
  const auto reading = config::read_settings(line);
  const auto found = proxy::preflight(reading.settings, asked.ports);
  const auto language = config::message_language(reading.settings);
  auto problems = reading.problems;
  problems.insert(problems.end(), found.problems.begin(), found.problems.end());
  for (const auto& each : {problems, found.warnings})
    for (const auto& one : config::in_file_order(each, file)) std::cerr << in_language(one, language) << '\n';
  if (!problems.empty()) return EXIT_FAILURE;
  std::cout << config::summary(file, reading.settings, language);
  return EXIT_SUCCESS;
}

}  // namespace mailtap::commands
