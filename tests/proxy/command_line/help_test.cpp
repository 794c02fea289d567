#include "proxy/command_line/help.h"

#include <CLI/CLI.hpp>
#include <catch2/catch_test_macros.hpp>

#include "config/options.h"
#include "proxy/command_line/command_line.h"

using namespace mailtap;
using namespace mailtap::commands;

namespace {

/// All that --help shows of a command and of those below it, but commands to type.
void collect(const CLI::App& app, std::vector<std::string>& texts) {
  std::vector<std::string> whole{app.get_description(), app.get_footer()};
  for (const auto* option : app.get_options({})) {
    whole.push_back(option->get_group());
    whole.push_back(option->get_description());
  }
  for (const auto& text : whole)
    for (std::size_t at = 0; at < text.size();) {
      const auto end = std::min(text.find("\n\n", at), text.size());
      if (const auto paragraph = text.substr(at, end - at);
          !paragraph.empty() && !paragraph.starts_with("  "))
        texts.push_back(paragraph);
      at = end + 2;
    }
  for (const auto* command : app.get_subcommands({})) {
    if (!command->get_group().empty()) texts.push_back(command->get_group());
    collect(*command, texts);
  }
}

std::vector<std::string> texts_in(Language language) {
  CLI::App app;
  int status = 0;
  add_all(app, status);
  put_help_into(app, language);
  std::vector<std::string> texts;
  collect(app, texts);
  return texts;
}

}  // namespace

TEST_CASE("Each description, group and footer of the help has its Vietnamese in help.tsv") {
  const auto english = texts_in(Language::english);
  const auto vietnamese = texts_in(Language::vietnamese);
  REQUIRE(english.size() == vietnamese.size());
  REQUIRE(english.size() > 200);
  std::string missing;
  for (std::size_t i = 0; i < english.size(); ++i) {
    // The half before "Default:", which is translated for all options at once.
    const auto text = english[i].substr(0, english[i].find(" Default: "));
    if (vietnamese[i].starts_with(text)) missing += text + "\n";
  }
  CHECK(missing == "");
}

TEST_CASE("Each default of an option that is said in words has its Vietnamese in help.tsv") {
  std::string missing;
  for (const auto& option : config::all_options()) {
    const std::string text(option.default_text);
    if (text.find(' ') != std::string::npos && help_in(text, Language::vietnamese) == text)
      missing += text + "\n";
  }
  CHECK(missing == "");
}

TEST_CASE("The language is known before the command line is parsed, wherever --lang stands") {
  CHECK(language_of_arguments({"mailtap", "check", "--lang", "vi", "--help"}) == Language::vietnamese);
  CHECK(language_of_arguments({"mailtap", "--help", "--lang=vi"}) == Language::vietnamese);
  CHECK(language_of_arguments({"mailtap", "check", "--lang", "en"}) == Language::english);
  // What follows -- is no option.
  CHECK(language_of_arguments({"mailtap", "explain", "--lang", "en", "--", "--lang", "vi"}) ==
        Language::english);
}

TEST_CASE("Commands to type stay as they are in a help of another language") {
  const std::string commands = "  mailtap top\n  mailtap top http://127.0.0.1:8025/ --once";
  CHECK(help_in(commands, Language::vietnamese) == commands);
}
