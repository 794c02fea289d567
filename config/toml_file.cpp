#include "config/toml_file.h"

#include <algorithm>
#include <filesystem>
#include <tuple>

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "config/base/spelling.h"
#include "config/base/text.h"

namespace mailtap::config {

namespace {

struct Problem {
  toml::source_position at;
  std::string message;
};

class Reader {
 public:
  explicit Reader(const std::string& file)
      : file_(file), folder_(std::filesystem::path(file).parent_path()) {}

  Result<TomlFile> read(std::string_view text);

 private:
  void read_table(const toml::table& table, RouteTable* route, GivenOptions& options);
  void read_routes(const toml::key& key, const toml::node& node);
  void read_id(const toml::key& key, const toml::node& node, RouteTable& route);
  void read_option(const Option& option, const toml::key& key, const toml::node& node, GivenOptions& options);
  /// What is expected when the answer is not empty; otherwise `values` has it.
  std::string_view read_values(const Option& option, const toml::node& node, OptionValues& values) const;
  std::string path(const Option& option, const std::string& written) const;

  std::string place(const toml::source_position& at) const {
    return file_ + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
  }
  std::string label(const toml::key& key) const {
    return place(key.source().begin) + ": " + std::string(key.str());
  }
  void complain(const toml::key& key, const std::string& what) {
    problems_.push_back({key.source().begin, label(key) + ": " + what});
  }
  std::string unknown(std::string_view key, bool in_route) const;

  const std::string& file_;
  std::filesystem::path folder_;
  TomlFile result_;
  std::vector<Problem> problems_;
};

Result<TomlFile> Reader::read(std::string_view text) {
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    const auto& error = parsed.error();
    return fail(place(error.source().begin) + ": not valid TOML: " + std::string(error.description()));
  }
  read_table(parsed.table(), nullptr, result_.options);
  if (problems_.empty()) return std::move(result_);
  // toml++ hands keys out in alphabetical order; a person reads the file from the top.
  std::stable_sort(problems_.begin(), problems_.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.at.line, a.at.column) < std::tie(b.at.line, b.at.column);
  });
  std::vector<std::string> messages;
  for (auto& problem : problems_) messages.push_back(std::move(problem.message));
  return fail(join(messages, "\n"));
}

/// `route` is null at the top level.
void Reader::read_table(const toml::table& table, RouteTable* route, GivenOptions& options) {
  for (const auto& [key, node] : table) {
    const auto* const option = find_option(key.str());
    if (route == nullptr && key.str() == "route")
      read_routes(key, node);
    else if (route != nullptr && key.str() == "id")
      read_id(key, node, *route);
    else if (option == nullptr)
      complain(key, unknown(key.str(), route != nullptr));
    else if (route != nullptr && option->scope == OptionScope::process)
      complain(key, "is of the whole process; move it above the first [[route]]");
    else if (route == nullptr && (option->name == "listen" || option->name == "upstream"))
      complain(key, "is of one route; move it below a [[route]] line");
    else
      read_option(*option, key, node, options);
  }
}

void Reader::read_routes(const toml::key& key, const toml::node& node) {
  const auto* const routes = node.as_array();
  if (routes == nullptr)
    return complain(key, "must be a list of tables; head each with [[route]], in double brackets");
  for (const auto& element : *routes) {
    const auto* const table = element.as_table();
    if (table == nullptr) {
      complain(key, "has an element that is no table; head each with [[route]], in double brackets");
      continue;
    }
    RouteTable route;
    route.origin = place(table->source().begin);
    read_table(*table, &route, route.options);
    result_.routes.push_back(std::move(route));
  }
}

void Reader::read_id(const toml::key& key, const toml::node& node, RouteTable& route) {
  const auto* const id = node.as_string();
  if (id == nullptr || id->get().empty())
    return complain(key, "must be a text in quotes, the route's name in the log: id = \"exchange\"");
  route.id = id->get();
  route.id_label = label(key);
}

void Reader::read_option(const Option& option, const toml::key& key, const toml::node& node,
                         GivenOptions& options) {
  GivenOption given{{}, label(key)};
  if (const auto expected = read_values(option, node, given.values); !expected.empty())
    return complain(key, "must be " + std::string(expected));
  if (option.kind == OptionKind::file)
    for (auto& value : given.values) value = path(option, value);
  options[option.name] = std::move(given);
}

std::string_view Reader::read_values(const Option& option, const toml::node& node,
                                     OptionValues& values) const {
  const auto* const text = node.as_string();
  const auto* const number = node.as_integer();
  switch (option.kind) {
    case OptionKind::flag:
      if (const auto* const flag = node.as_boolean()) values = {flag->get() ? "true" : "false"};
      return values.empty() ? "true or false, without quotes" : "";
    case OptionKind::count:
      if (number != nullptr) values = {std::to_string(number->get())};
      return values.empty() ? "a whole number, without quotes" : "";
    case OptionKind::duration:
      if (text != nullptr)
        values = {text->get()};
      else if (number != nullptr)
        values = {std::to_string(number->get())};
      return values.empty() ? "a time in quotes, such as \"10s\", or a whole number of seconds" : "";
    case OptionKind::text:
    case OptionKind::file: break;
  }
  if (text != nullptr) values = {text->get()};
  if (!option.repeatable) return values.empty() ? "a text in quotes" : "";
  constexpr std::string_view expected = "a text in quotes, or a list of such: [\"one\", \"two\"]";
  if (const auto* const list = node.as_array()) {
    for (const auto& element : *list) {
      const auto* const each = element.as_string();
      if (each == nullptr) return expected;
      values.push_back(each->get());
    }
  }
  return values.empty() ? expected : "";
}

std::string Reader::path(const Option& option, const std::string& written) const {
  const std::filesystem::path path(written);
  if (written.empty() || written == option.word || path.is_absolute() || folder_.empty()) return written;
  return (folder_ / path).string();
}

std::string Reader::unknown(std::string_view key, bool in_route) const {
  std::vector<std::string_view> known{in_route ? "id" : "route"};
  for (const auto& option : all_options()) known.push_back(option.name);
  const auto meant = closest(to_lower_ascii(key), known);
  return meant.empty() ? "is no option; docs/configuration.md lists them all"
                       : "is no option; did you mean " + std::string(meant) + "?";
}

}  // namespace

Result<TomlFile> parse_toml(std::string_view text, const std::string& file) {
  return Reader(file).read(text);
}

}  // namespace mailtap::config
