// The command line as its own definitions describe it: what the manual pages and the completions are made of.
//
//   CLI::App (proxy/command_line) --> Command, Option --> man_pages.cpp, completions.cpp --> files
#pragma once

#include <string>
#include <vector>

namespace mailtap::pages {

/// What a value can be completed with.
struct Value {
  std::string name;  ///< "FILE", "text|json"; empty: it takes none
  bool optional = false;
  bool is_file = false;
  std::vector<std::string> words;  ///< all there are; none: anything
};

struct Option {
  std::vector<std::string> spellings;  ///< "-h", "--help"; of a positional: none
  Value value;
  std::string help;
  std::string group;
  bool required = false;
  bool repeatable = false;

  bool is_positional() const { return spellings.empty(); }
};

struct Command {
  std::vector<std::string> path;  ///< {"ca", "init"}; the program's own: none
  std::string summary;            ///< lines
  std::string footer;             ///< lines
  std::vector<Option> options;
  std::vector<Command> commands;

  const std::string& name() const { return path.back(); }
  /// "ca init"
  std::string words() const;
};

/// The whole program. `version` is what --version says.
Command describe(const std::string& version);

/// `command` and everything below it.
std::vector<const Command*> all_of(const Command& command);

}  // namespace mailtap::pages
