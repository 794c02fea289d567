// `mailtap tell` and `mailtap service`.
#include <CLI/CLI.hpp>
#include <memory>
#include <utility>

#include "config/values.h"
#include "proxy/command_line/commands.h"
#include "proxy/command_line/language_option.h"
#include "proxy/commands/windows/service.h"
#include "proxy/commands/windows/tell.h"

namespace mailtap::commands {

namespace {

// --- tell -------------------------------------------------------------------------------------------------

void add_tell(CLI::App& app, int& status) {
  auto* command = app.add_subcommand(
      "tell", "Tell a mailtap that runs in a console to drain, or to read its configuration");
  auto line = std::make_shared<TellLine>();
  command->add_option("PROCESS", line->process, "its process's number, which its first lines say")
      ->required();
  command
      ->add_option("WHAT", line->what,
                   "stop: drain, the second time end at once; reload: read the configuration again; traces: "
                   "write those in memory")
      ->required()
      ->check(CLI::IsMember({"stop", "reload", "traces"}));
  add_language_option(*command, line->language);
  command->callback([line, &status] { status = run_tell(*line); });
}

// --- the service ------------------------------------------------------------------------------------------

void add_service(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("service", "Run mailtap as a service of Windows");
  command->require_subcommand(0, 1);
  const auto add = [&](const char* name, const char* what, auto action) {
    auto line = std::make_shared<service::Line>();
    auto* sub = command->add_subcommand(name, what);
    sub->add_option("--name", line->name, "the service's name (default mailtap)");
    auto language = std::make_shared<std::string>();
    add_language_option(*sub, *language);
    sub->callback([line, language, action, &status] {
      line->language = config::language_for(*language);
      status = action(*line);
    });
    return std::pair(sub, line);
  };
  const auto [installing, to_install] = add("install", "make it, started with the machine", service::install);
  installing->add_option("--config", to_install->config, "what it runs with (TOML)")
      ->required()
      ->type_name("FILE");
  installing
      ->add_option("--messages", to_install->messages,
                   "where what it says is written (default messages.log beside --config)")
      ->type_name("FILE");
  installing->add_option(
      "--account", to_install->account,
      "whom it runs as (default NT AUTHORITY\\LocalService; LocalSystem may do everything)");
  add("remove", "stop it and take it out", service::remove);
  add("start", "start it", service::start);
  add("stop", "drain it", service::stop);
  add("status", "say whether it runs", service::status);
  add("reload", "have it read its configuration again", service::reload);
  const auto [running, to_run] = add("run", "what the service control manager starts", service::run);
  running->add_option("--config", to_run->config, "")->required();
  running->add_option("--messages", to_run->messages, "")->required();
  running->group("");  // not for people
}

}  // namespace

void add_system_commands(CLI::App& app, int& status) {
  add_tell(app, status);
  add_service(app, status);
}

}  // namespace mailtap::commands
