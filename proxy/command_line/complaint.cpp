#include "proxy/command_line/complaint.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <regex>
#include <utility>

#include "config/base/phrases.h"
#include "config/base/spelling.h"
#include "config/base/text.h"

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

/// A sentence about `word`, with what was probably meant instead, if anything is like it.
std::string unknown(const std::string& word, std::string_view sentence, std::string_view with_similar,
                    const std::vector<std::string>& known, Language language) {
  const auto similar = closest(word, {known.begin(), known.end()});
  if (similar.empty()) return said(language, sentence, {word});
  return said(language, with_similar, {word, std::string(similar)});
}

/// What isn't known of `words`, which the command couldn't make anything of.
std::string unknown_of(const CLI::App& command, const std::vector<std::string>& words, Language language) {
  const auto& word = words.front();
  if (word.size() > 1 && word.front() == '-')
    return unknown(word.substr(0, word.find('=')), "{option} is no option",
                   "{option} is no option; did you mean {other}?", options_of(command), language);
  const auto commands = commands_of(command);
  if (commands.empty() && command.get_option_no_throw("--config") != nullptr && word.ends_with(".toml"))
    return said(language,
                "\"{word}\" is more than it takes; a file of the configuration is given by --config", {word});
  if (commands.empty())
    return said(language, "\"{word}\" is more than it takes; leave it out, or say what it is by an option",
                {word});
  // What other programs call it.
  constexpr std::array<std::pair<std::string_view, std::string_view>, 8> meant{{{"help", "--help"},
                                                                                {"version", "--version"},
                                                                                {"start", "run"},
                                                                                {"serve", "run"},
                                                                                {"proxy", "run"},
                                                                                {"scan", "check"},
                                                                                {"test", "check"},
                                                                                {"verify", "check"}}};
  const auto* const other =
      std::find_if(meant.begin(), meant.end(), [&](const auto& one) { return one.first == word; });
  const bool is_there =
      other != meant.end() && (other->second.front() == '-' ||
                               std::find(commands.begin(), commands.end(), other->second) != commands.end());
  if (is_there)
    return said(language, "\"{word}\" is no command; did you mean {other}?",
                {word, std::string(other->second)});
  return unknown(word, "\"{word}\" is no command", "\"{word}\" is no command; did you mean {other}?",
                 commands, language);
}

/// CLI11's words for what is common, and the sentence for it, whose placeholders are the parts of CLI11's.
struct Rewording {
  std::regex theirs;
  std::string_view sentence;
};

std::string reworded(const std::string& words, Language language) {
  static const std::array<Rewording, 8> all{{
      {std::regex("^Could not convert: (\\S+) = (.*)$"), "{option}: \"{value}\" is no whole number"},
      {std::regex("^(\\S+): Value (.*) not in range \\[?(\\S+)(?: - | to )([^\\]\\s]+)\\]?$"),
       "{option}: \"{value}\" is not between {least} and {most}"},
      {std::regex("^(\\S+): 1 required (\\S+) missing$"), "{option}: its value is missing; give it {what}"},
      {std::regex("^(\\S+): At [Mm]ost 1 required but received \\d+$"),
       "{option} is given twice; give it once"},
      {std::regex("^(\\S+): (.*) not in \\{(.*)\\}$"), "{option}: \"{value}\" is none of {words}"},
      {std::regex("^(\\S+) is required$"), "{option} is missing; give it"},
      {std::regex("^(\\S+) requires (\\S+)$"), "{option} is given without {other}; give both"},
      {std::regex("^(\\S+) excludes (\\S+)$"),
       "{option} doesn't go together with {other}; leave one of the two out"},
  }};
  for (const auto& [theirs, sentence] : all) {
    std::smatch part;
    if (!std::regex_match(words, part, theirs)) continue;
    std::vector<std::string> values(part.begin() + 1, part.end());
    if (sentence.ends_with("{words}"))
      values.back() = std::regex_replace(values.back(), std::regex(","), ", ");
    return said(language, sentence, values);
  }
  return in_language(words, language);
}

}  // namespace

std::string complaint(const CLI::App& app, const CLI::ParseError& error, Language language) {
  const auto& command = command_of(app);
  const auto words = command.remaining();
  const auto commands = commands_of(command);
  const auto what = !words.empty()      ? unknown_of(command, words, language)
                    : !commands.empty() ? said(language, "a command is missing; give one of: {commands}",
                                               {join(commands, ", ")})
                                        : reworded(error.what(), language);
  const auto name = full_name(command);
  return name + ": " + what + " (" + said(language, "`{command} --help` lists what there is", {name}) + ")";
}

}  // namespace mailtap::commands
