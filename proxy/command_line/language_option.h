// --lang, as every command has it that speaks to people.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace mailtap::commands {

/// config::language_for() makes a language of what it says.
inline void add_language_option(
    CLI::App& command, std::string& language,
    const std::string& what = "Language: en or vi (default: LC_ALL, LC_MESSAGES, LANG)") {
  command.add_option("--lang", language, what)->check(CLI::IsMember({"en", "vi"}));
}

}  // namespace mailtap::commands
