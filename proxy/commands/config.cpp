#include "proxy/commands/config.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "config/base/phrases.h"
#include "config/check.h"
#include "proxy/commands/language_option.h"
#include "proxy/runtime/preflight.h"

namespace mailtap::commands {

namespace {

struct Line {
  std::string file;
  bool ports = false;
  std::string language;
};

int check(const Line& asked) {
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

}  // namespace

void add_config(CLI::App& app, int& status) {
  auto* config = app.add_subcommand("config", "Look at a configuration file without running it");
  config->require_subcommand(1);
  auto* command = config->add_subcommand("check", "Say what is wrong with FILE, or what its routes are");
  auto line = std::make_shared<Line>();
  command->add_option("FILE", line->file, "The configuration file (TOML)")->required();
  command->add_flag("--ports", line->ports,
                    "Listen on every address for a moment too: says which port is in use, and by whom");
  add_language_option(
      *command, line->language,
      "Language: en or vi (default: the configuration's lang, else LC_ALL, LC_MESSAGES, LANG)");
  command->footer(
      "What a start would read is read: certificates and keys are loaded and matched, every other file and "
      "program is\n"
      "looked at. All mistakes are told in one run, in the order of the file. Warnings don't change the exit "
      "code:\n"
      "0 it would start, 1 it wouldn't. Run it as the user that mailtap runs as, whose rights count:\n"
      "\n"
      "  sudo -u mailtap mailtap config check /etc/mailtap/mailtap.toml");
  command->callback([line, &status] { status = check(*line); });
}

}  // namespace mailtap::commands
