// What is wrong with a command line, in the reader's language.
#pragma once

#include <string>

#include "config/base/language.h"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace mailtap::commands {

/// What is wrong with a command line that couldn't be parsed, and what to write instead: one line.
std::string complaint(const CLI::App& app, const CLI::ParseError& error, Language language);

}  // namespace mailtap::commands
