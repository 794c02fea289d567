#include "proxy/commands/config.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "config/check.h"

namespace mailtap::commands {

void add_config(CLI::App& app, int& status) {
  auto* config = app.add_subcommand("config", "Look at a configuration file without running it");
  config->require_subcommand(1);
  auto* check = config->add_subcommand("check", "Say what is wrong with FILE, or what its routes are");
  auto file = std::make_shared<std::string>();
  check->add_option("FILE", *file, "The configuration file (TOML)")->required();
  check->callback([file, &status] { status = config::config_check(*file, std::cout, std::cerr); });
}

}  // namespace mailtap::commands
