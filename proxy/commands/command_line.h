// The whole command line, for the program itself and for the pages that are made from it (packaging/pages).
#pragma once

#include <string>

#include "config/base/language.h"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace mailtap::commands {

/// What mailtap is, with all commands. A command that is run sets `status`, the process's exit code.
void add_all(CLI::App& app, int& status);

/// What is wrong with a command line that couldn't be parsed, and what to write instead: one line.
std::string complaint(const CLI::App& app, const CLI::ParseError& error, Language language);

}  // namespace mailtap::commands
