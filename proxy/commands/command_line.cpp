#include "proxy/commands/command_line.h"

#include <CLI/CLI.hpp>
#include <regex>

#include "config/base/spelling.h"
#include "config/base/text.h"
#include "proxy/commands/ca.h"
#include "proxy/commands/check.h"
#include "proxy/commands/config.h"
#include "proxy/commands/demo.h"
#include "proxy/commands/explain.h"
#include "proxy/commands/report.h"
#include "proxy/commands/router.h"
#include "proxy/commands/run.h"
#include "proxy/commands/system_commands.h"
#include "proxy/commands/top.h"
#include "proxy/commands/trace.h"

namespace mailtap::commands {

namespace {

/// The command that was being read.
const CLI::App& command_of(const CLI::App& app) {
  const auto* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().back();
  return *command;
}

/// "mailtap ca init"
std::string full_name(const CLI::App& command) {
  const auto* parent = command.get_parent();
  return (parent == nullptr ? "" : full_name(*parent) + " ") + command.get_name();
}

/// With those of its option groups, which have no name.
std::vector<std::string> options_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* option : command.get_options())
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  for (const auto* group :
       command.get_subcommands([](const CLI::App* each) { return each->get_name().empty(); }))
    for (auto& name : options_of(*group)) names.push_back(std::move(name));
  return names;
}

std::vector<std::string> commands_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* each :
       command.get_subcommands([](const CLI::App* one) { return !one->get_name().empty(); }))
    names.push_back(each->get_name());
  return names;
}

std::string meant(const std::string& word, const std::vector<std::string>& known) {
  const auto similar = closest(word, {known.begin(), known.end()});
  return similar.empty() ? "" : "; did you mean " + std::string(similar) + "?";
}

/// What isn't known of `words`, which the command couldn't make anything of.
std::string unknown_of(const CLI::App& command, const std::vector<std::string>& words) {
  const auto& word = words.front();
  if (word.size() > 1 && word.front() == '-') {
    const auto name = word.substr(0, word.find('='));
    return name + " is no option" + meant(name, options_of(command));
  }
  const auto commands = commands_of(command);
  if (commands.empty())
    return "\"" + word + "\" is more than it takes; leave it out, or say what it is by an option";
  return "\"" + word + "\" is no command" + meant(word, commands);
}

/// CLI11's words for what is common, in sentences.
std::string reworded(const std::string& said) {
  static const std::regex missing("^(\\S+): 1 required (\\S+) missing$");
  static const std::regex repeated("^(\\S+): At [Mm]ost 1 required but received \\d+$");
  static const std::regex none_of("^(\\S+): (.*) not in \\{(.*)\\}$");
  static const std::regex required("^(\\S+) is required$");
  static const std::regex needs("^(\\S+) requires (\\S+)$");
  static const std::regex no_number("^Could not convert: (\\S+) = (.*)$");
  static const std::regex out_of_range(
      "^(\\S+): Value (.*) not in range \\[?(\\S+)(?: - | to )([^\\]\\s]+)\\]?$");
  std::smatch part;
  if (std::regex_match(said, part, no_number))
    return part[1].str() + ": \"" + part[2].str() + "\" is no whole number";
  if (std::regex_match(said, part, out_of_range))
    return part[1].str() + ": \"" + part[2].str() + "\" is not between " + part[3].str() + " and " +
           part[4].str();
  if (std::regex_match(said, part, missing))
    return part[1].str() + ": its value is missing; give it " + part[2].str();
  if (std::regex_match(said, part, repeated)) return part[1].str() + " is given twice; give it once";
  if (std::regex_match(said, part, none_of))
    return part[1].str() + ": \"" + part[2].str() + "\" is none of " +
           std::regex_replace(part[3].str(), std::regex(","), ", ");
  if (std::regex_match(said, part, required)) return part[1].str() + " is missing; give it";
  if (std::regex_match(said, part, needs))
    return part[1].str() + " is given without " + part[2].str() + "; give both";
  return said;
}

}  // namespace

std::string complaint(const CLI::App& app, const CLI::ParseError& error) {
  const auto& command = command_of(app);
  const auto words = command.remaining();
  const auto commands = commands_of(command);
  std::string what = reworded(error.what());
  if (!words.empty())
    what = unknown_of(command, words);
  else if (!commands.empty())
    what = "a command is missing; give one of: " + join(commands, ", ");
  const auto name = full_name(command);
  return name + ": " + what + " (`" + name + " --help` lists what there is)";
}

void add_all(CLI::App& app, int& status) {
  app.name("mailtap");
  app.description(
      "mailtap stands between a mail client and a mail server, terminates TLS on both sides, and says of "
      "every\n"
      "connection whether the server's certificate is trusted and matches its name, and if not why and what "
      "to do.\n"
      "\n"
      "  mailtap demo                                       see what it says of each kind of fault\n"
      "  mailtap check mail.contoso.local                   say what a server's certificate is worth\n"
      "  mailtap explain 0x800B0109                         say what an error message means\n"
      "  mailtap run --listen :8443 --upstream mail:443     put it in between\n"
      "\n"
      "Each command explains itself with --help.");
  app.require_subcommand(0, 1);  // so that a wrong one is complained of, rather than that there is none
  app.get_formatter()->column_width(34);

  add_run(app, status);
  add_check(app, status);
  add_explain(app, status);
  add_report(app, status);
  add_router(app, status);
  add_config(app, status);
  add_ca_command(app, status);
  add_trace(app, status);
  add_top(app, status);
  add_demo(app, status);
  add_system_commands(app, status);
}

}  // namespace mailtap::commands
