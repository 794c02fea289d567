#include "proxy/command_line/run_options.h"

#include <CLI/CLI.hpp>

#include "config/options.h"

namespace mailtap::commands {

namespace {

constexpr const char* overrides =
    "With --config, options given here come before the file's: a route option holds for every route of the "
    "file.\n"
    "--listen and --upstream together add one more route.";

std::string help_of(const config::Option& option) {
  std::string help(option.help);
  if (!option.default_text.empty()) help += " Default: " + std::string(option.default_text) + ".";
  return help;
}

void add_option(CLI::App& command, const config::Option& option, config::OptionValues& values) {
  const auto name = "--" + std::string(option.name);
  const auto* const group = option.scope == config::OptionScope::route ? "Route" : "Process";
  if (option.kind == config::OptionKind::flag) {
    const auto help = help_of(option);
    command.add_flag(name, help)
        ->each([&values](const std::string& value) {
          if (value != "true" && value != "false")
            throw CLI::ValidationError("takes no value but true or false; give it alone, or leave it out");
          values = {value};
        })
        ->group(group);
    return;
  }
  const auto take = [&values](const CLI::results_t& given) {
    values = given;
    return true;
  };
  if (option.kind == config::OptionKind::side) {
    command
        .add_option_function<std::vector<std::string>>(
            name,
            [&values](const std::vector<std::string>& given) {
              values = {given.empty() || given.front().empty() ? "true" : given.front()};
            },
            help_of(option))
        ->type_name("[" + std::string(option.value_name) + "]")
        ->expected(0, 1)
        ->group(group);
    return;
  }
  // One value an occurrence, so that `--trust a.pem b` doesn't take b for a second one.
  command.add_option(name, take, help_of(option))
      ->type_name(std::string(option.value_name))
      ->type_size(1)
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(option.repeatable ? CLI::MultiOptionPolicy::TakeAll
                                              : CLI::MultiOptionPolicy::Throw)
      ->group(group);
}

}  // namespace

void add_run_options(CLI::App& command, config::RunCommandLine& out) {
  command
      .add_option("--config", out.config_file,
                  "A TOML file with routes and options of the same names as here (docs/configuration.md).")
      ->type_name("FILE.toml");
  for (const auto& option : config::all_options())
    add_option(command, option, out.given[std::string(option.name)]);
  command.footer(overrides);
}

}  // namespace mailtap::commands
