#include "proxy/command_line/help.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <unordered_map>

#include "config/values.h"

namespace mailtap::commands {

extern const std::string_view help_file;  // made by CMake

namespace {

/// A line of help.tsv has no line breaks: \n stands for one.
std::string with_line_breaks(std::string_view text) {
  std::string whole;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_break = text.substr(i, 2) == "\\n";
    whole += is_break ? '\n' : text[i];
    if (is_break) ++i;
  }
  return whole;
}

using Texts = std::unordered_map<std::string, std::string>;

const Texts& vietnamese() {
  static const auto all = [] {
    Texts texts;
    for (auto file = help_file; !file.empty();) {
      const auto line = file.substr(0, file.find('\n'));
      file.remove_prefix(std::min(file.size(), line.size() + 1));
      const auto tab = line.find('\t');
      if (!line.starts_with('#') && tab != std::string_view::npos)
        texts.emplace(with_line_breaks(line.substr(0, tab)), with_line_breaks(line.substr(tab + 1)));
    }
    return texts;
  }();
  return all;
}

std::string translated(const std::string& english) {
  const auto found = vietnamese().find(english);
  return found == vietnamese().end() ? english : found->second;
}

/// "What it is. Default: this." has two entries: many options share the second.
std::string paragraph(const std::string& english) {
  constexpr std::string_view mark = " Default: ";
  const auto at = english.find(mark);
  if (at == std::string::npos || !english.ends_with('.')) return translated(english);
  auto value = english.substr(at + mark.size());
  value.pop_back();
  return translated(english.substr(0, at)) + " Mặc định: " + translated(value) + ".";
}

void put_options_into(CLI::App& app, Language language) {
  for (auto* option : app.get_options()) {
    option->description(help_in(option->get_description(), language));
    if (!option->get_group().empty()) option->group(translated(option->get_group()));
  }
}

}  // namespace

Language language_of_arguments(const std::vector<std::string>& arguments) {
  constexpr std::string_view joined = "--lang=";
  for (std::size_t i = 1; i < arguments.size() && arguments[i] != "--"; ++i) {
    std::string_view given;
    if (arguments[i].starts_with(joined)) given = std::string_view(arguments[i]).substr(joined.size());
    if (arguments[i] == "--lang" && i + 1 < arguments.size()) given = arguments[i + 1];
    if (given == "en" || given == "vi") return language_of(given);
  }
  return config::language_for({});
}

std::string help_in(std::string_view english, Language language) {
  if (language == Language::english) return std::string(english);
  constexpr std::string_view between = "\n\n";
  std::string whole;
  for (std::size_t at = 0; at != std::string_view::npos;) {
    const auto end = english.find(between, at);
    whole += paragraph(std::string(english.substr(at, end - at)));
    if (end != std::string_view::npos) whole += between;
    at = end == std::string_view::npos ? end : end + between.size();
  }
  return whole;
}

void put_help_into(CLI::App& app, Language language) {
  if (language == Language::english) return;
  // All commands have one formatter.
  for (const char* label :
       {"Usage", "OPTIONS", "SUBCOMMAND", "SUBCOMMANDS", "Positionals", "REQUIRED", "Needs", "Excludes"})
    app.get_formatter()->label(label, translated(label));
  app.description(help_in(app.get_description(), language));
  app.footer(help_in(app.get_footer(), language));
  put_options_into(app, language);
  for (auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!command->get_group().empty()) command->group(translated(command->get_group()));
    put_help_into(*command, language);
  }
}

}  // namespace mailtap::commands
