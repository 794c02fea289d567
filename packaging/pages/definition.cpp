#include "packaging/pages/definition.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <string_view>

#include "config/base/text.h"
#include "proxy/command_line/command_line.h"

namespace mailtap::pages {

namespace {

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::islower(static_cast<unsigned char>(c)) != 0 ||
           std::isdigit(static_cast<unsigned char>(c)) != 0;
  });
}

/// CLI11's "TEXT:{smtp,pop3}" and ours: "text|json", "FILE|-", "[upstream|downstream]".
Value value_of(const CLI::Option& option) {
  Value value;
  if (option.get_items_expected_max() == 0) return value;
  std::string type = option.get_type_name();
  if (const auto brace = type.find(":{"); brace != std::string::npos) {
    type = type.substr(brace + 2, type.find('}') - brace - 2);
    std::replace(type.begin(), type.end(), ',', '|');
  }
  if (type.starts_with("INT")) type = "N";  // with its range
  if (type.starts_with("TEXT")) type = "VALUE";
  if (type.starts_with('[') && type.ends_with(']')) {
    value.optional = true;
    type = type.substr(1, type.size() - 2);
  }
  value.name = type;
  for (std::string_view rest = type; !rest.empty();) {
    const auto part = rest.substr(0, rest.find('|'));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    if (part.starts_with("FILE") || part == "DIR" || part == "PEM") value.is_file = true;
    if (is_word(part)) value.words.emplace_back(part);
  }
  return value;
}

void add_options(const CLI::App& app, Command& command) {
  for (const auto* option : app.get_options({})) {
    Option described;
    for (const auto& name : option->get_snames()) described.spellings.push_back("-" + name);
    for (const auto& name : option->get_lnames()) described.spellings.push_back("--" + name);
    described.value = value_of(*option);
    if (described.is_positional() && described.value.name == "VALUE")
      described.value.name = option->get_name();
    described.help = option->get_description();
    described.group = option->get_group();
    described.required = option->get_required();
    described.repeatable = option->get_items_expected_max() > 1 ||
                           option->get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
    command.options.push_back(std::move(described));
  }
  // A group of options is an App without a name.
  for (const auto* part : app.get_subcommands({}))
    if (part->get_name().empty()) add_options(*part, command);
}

Command describe(const CLI::App& app, std::vector<std::string> path) {
  Command command;
  command.path = std::move(path);
  command.summary = app.get_description();
  command.footer = app.get_footer();
  add_options(app, command);
  for (const auto* part : app.get_subcommands({})) {
    if (part->get_name().empty()) continue;
    auto below = command.path;
    below.push_back(part->get_name());
    command.commands.push_back(describe(*part, std::move(below)));
  }
  return command;
}

void collect(const Command& command, std::vector<const Command*>& all) {
  all.push_back(&command);
  for (const auto& below : command.commands) collect(below, all);
}

}  // namespace

std::string Command::words() const {
  return join(path, " ");
}

Command describe(const std::string& version) {
  CLI::App app;
  app.set_version_flag("--version", version);
  int status = 0;  // of no command: none is run
  commands::add_all(app, status);
  return describe(app, {});
}

std::vector<const Command*> all_of(const Command& command) {
  std::vector<const Command*> all;
  collect(command, all);
  return all;
}

}  // namespace mailtap::pages
