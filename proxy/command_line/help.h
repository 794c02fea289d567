// --help in the reader's language. Commands and options are defined in English, which the manual and the
// completions are made of too; help.tsv has the same in Vietnamese.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/base/language.h"

namespace CLI {
class App;
}

namespace mailtap::commands {

/// The language of this command line: what --lang says, wherever it stands, if it is one of ours, else the
/// environment. Known before the command line is parsed, for --help and for what is wrong with it.
Language language_of_arguments(const std::vector<std::string>& arguments);

/// A description or a footer. Paragraphs that help.tsv doesn't have, such as commands, stay as they are.
std::string help_in(std::string_view english, Language language);

/// Puts what --help of `app` and of every command below it shows into `language`.
void put_help_into(CLI::App& app, Language language);

}  // namespace mailtap::commands
