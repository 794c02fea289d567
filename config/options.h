// One table of every option: its name is the same on the command line (--idle-timeout) and in the file
// (idle-timeout = ...). Both readers, the help and docs/configuration.md are driven by it.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"
#include "config/settings.h"

namespace mailtap::config {

enum class OptionScope {
  route,    ///< of one route; at the top of the file: of all routes
  process,  ///< of the whole process
};

enum class OptionKind {
  flag,
  side,  ///< a flag that may be of one side alone: true, false, "upstream" or "downstream"
  count,
  duration,
  size,
  text,
  file,
};

using OptionValues = std::vector<std::string>;

struct Option {
  std::string_view name;
  OptionScope scope;
  OptionKind kind;
  bool repeatable;
  std::string_view value_name;    ///< "FILE"; empty for a flag
  std::string_view word;          ///< file: the value that is no path ("-", "system"); empty: none
  std::string_view default_text;  ///< empty: none
  std::string_view help;          ///< sentences without the default
  /// Validates and stores `values` (never empty; one unless repeatable; a flag's is "true" or "false", which
  /// a side's may be too). One of the two, by scope.
  Result<void> (*set_route)(const OptionValues& values, Route& route);
  Result<void> (*set_process)(const OptionValues& values, Settings& settings);
};

std::span<const Option> all_options();
/// Null: there is no such option.
const Option* find_option(std::string_view name);

/// An option as it was given, not yet looked into.
struct GivenOption {
  OptionValues values;
  std::string label;  ///< how an error about it begins: "mailtap.toml:14:1: cert" or "--cert"
};
/// By the option's name, which is the table's (static). A later layer replaces an earlier one's whole option,
/// lists included.
using GivenOptions = std::map<std::string_view, GivenOption>;

/// Errors are gathered, so that all of them are told at once.
using Problems = std::vector<std::string>;

/// Sets what is given on `route`, labels and the default presentation included.
void apply(const GivenOptions& given, Route& route, Problems& problems);
void apply(const GivenOptions& given, Settings& settings, Problems& problems);

/// The part of docs/configuration.md that this table makes.
std::string options_as_markdown();

}  // namespace mailtap::config
