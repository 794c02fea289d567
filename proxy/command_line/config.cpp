#include "proxy/commands/config.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "proxy/command_line/commands.h"
#include "proxy/command_line/language_option.h"

namespace mailtap::commands {

void add_config(CLI::App& app, int& status) {
  auto* config = app.add_subcommand("config", "Look at a configuration file without running it");
  config->require_subcommand(1);
  auto* command = config->add_subcommand("check", "Say what is wrong with FILE, or what its routes are");
  auto line = std::make_shared<ConfigCheckLine>();
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
  command->callback([line, &status] { status = run_config_check(*line); });
}

}  // namespace mailtap::commands
