#include "config/check.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <utility>

#include "config/base/file.h"
#include "config/base/phrases.h"
#include "config/base/process.h"
#include "config/base/rights.h"
#include "config/base/text.h"
#include "config/base/utf16.h"
#include "config/cross_checks.h"
#include "config/toml_file.h"
#include "config/values.h"

namespace mailtap::config {

namespace {

constexpr std::size_t largest_file = std::size_t{4} << 20;

/// `over` replaces what `under` has of the same name.
GivenOptions layered(const GivenOptions& over, const GivenOptions& under) {
  GivenOptions both = over;
  both.insert(under.begin(), under.end());
  return both;
}

Route make_route(const GivenOptions& given, std::string id, std::string origin, Problems& problems) {
  Route route;
  route.origin = std::move(origin);
  const auto before = problems.size();
  apply(given, route, problems);
  route.misread = problems.size() > before;
  route.id = id.empty() && !route.listen.host.empty() ? route.listen.to_string() : std::move(id);
  return route;
}

/// A route in the reader's language; what stands in the configuration stays.
class RouteSummary {
 public:
  RouteSummary(const Route& route, Language language) : route_(route), language_(language) {}

  std::string text() const {
    std::string text = "  " + route_.id + ": " + route_.listen.to_string() + " -> " + where_to();
    text += "\n    name " + name();
    text +=
        route_.mode == Mode::observe ? ", observe" : ", present " + std::string(to_string(route_.present));
    text += ", trust " + join(route_.trust, " ");
    if (route_.require_trusted) text += ", require-trusted";
    if (!route_.pins.empty())
      text +=
          ", " + say(route_.pins.size() == 1 ? "{n} pin" : "{n} pins", {std::to_string(route_.pins.size())});
    if (route_.hello == UpstreamHello::own) text += ", hello own";
    if (!route_.trial_hello && route_.mode == Mode::intercept) text += ", trial-hello off";
    if (route_.legacy_tls.any()) text += ", " + legacy_tls();
    return text + ", log " + route_.log.file + " (" + std::string(to_string(route_.log.format)) + ")\n";
  }

 private:
  std::string say(std::string_view sentence, const std::vector<std::string>& values = {}) const {
    return said(language_, sentence, values);
  }

  std::string where_to() const {
    const auto& how = route_.ingress;
    if (how.connect_proxy) return say("as CONNECT says");
    if (how.transparent != Transparency::none)
      return say("where it was going ({how})", {std::string(to_string(how.transparent))});
    std::string text;
    for (const auto& one : how.sni_routes) text += one.pattern + " " + one.upstream.to_string() + ", ";
    if (route_.upstream.host.empty()) return text + say("no other name");
    const auto server = route_.upstream.to_string();
    return text.empty() ? server : text + say("else {server}", {server});
  }

  std::string name() const {
    if (!route_.name.empty()) return route_.name;
    if (route_.ingress.connect_proxy) return say("as CONNECT says");
    const auto& host = route_.upstream.host;
    return say("as the client's SNI, else {HOST}", {host.empty() ? "the server's address" : host});
  }

  std::string legacy_tls() const {
    const auto& allowed = route_.legacy_tls;
    const std::string where = !allowed.downstream ? " upstream" : !allowed.upstream ? " downstream" : "";
    const auto option = "legacy-tls" + where;
    return allowed.ssl3 ? say("{option} with SSL 3", {option}) : option;
  }

  const Route& route_;
  Language language_;
};

}  // namespace

namespace {

/// What `lang` says, though there may be no route that it could be about; empty: nothing.
std::string language_in(const GivenOptions& top, const std::vector<Route>& routes) {
  Route any;
  Problems ignored;
  if (const auto given = top.find("lang"); given != top.end()) apply({*given}, any, ignored);
  for (const auto& route : routes)
    if (any.language.empty()) any.language = route.language;
  return any.language;
}

Reading reading_of(const RunCommandLine& line, std::string_view text) {
  Reading reading;
  auto& [settings, problems] = reading;
  TomlFile file;
  if (!line.config_file.empty()) file = parse_toml(text, line.config_file);
  problems = file.problems;
  auto given = given_options(line);
  GivenOptions command_line_address;
  for (const auto* name : {"listen", "upstream"})
    if (auto node = given.extract(name); !node.empty()) command_line_address.insert(std::move(node));

  settings.workers = available_processors();
  const auto top = layered(given, file.options);
  apply(top, settings, problems);
  settings.misread = file.misread || problems.size() > file.problems.size();
  for (auto& table : file.routes) {
    auto route =
        make_route(layered(given, layered(table.options, file.options)), table.id, table.origin, problems);
    if (!table.id_label.empty()) route.labels["id"] = table.id_label;
    route.misread = route.misread || file.misread || table.misread;
    settings.routes.push_back(std::move(route));
  }
  if (!command_line_address.empty())
    settings.routes.push_back(
        make_route(layered(command_line_address, top), "", std::string(command_line_origin), problems));

  settings.language = language_in(top, settings.routes);
  if (settings.routes.empty() && !file.misread)
    problems.push_back(
        line.config_file.empty()
            ? "there is nothing to do; give --listen ADDR:PORT and --upstream HOST:PORT, or --config FILE"
            : line.config_file + ": has no route; add [[route]] with listen and upstream");
  cross_check(settings, problems);
  problems = in_file_order(problems, line.config_file);
  return reading;
}

Result<Settings> unless_wrong(Reading reading) {
  if (!reading.problems.empty()) return fail(join(reading.problems, "\n"));
  return std::move(reading.settings);
}

/// LINE and COLUMN of "FILE:LINE:COLUMN: ..."; the last ones if it begins otherwise.
std::pair<unsigned long, unsigned long> place_in(const std::string& problem, const std::string& file) {
  constexpr auto none = std::numeric_limits<unsigned long>::max();
  if (file.empty() || !problem.starts_with(file + ":")) return {none, none};
  char* end = nullptr;
  const auto line = std::strtoul(problem.c_str() + file.size() + 1, &end, 10);
  if (line == 0 || *end != ':') return {none, none};
  return {line, std::strtoul(end + 1, nullptr, 10)};
}

}  // namespace

Problems in_file_order(const Problems& problems, const std::string& file) {
  Problems told;
  // The same default, wrong, is found once for every route.
  for (const auto& problem : problems)
    if (std::find(told.begin(), told.end(), problem) == told.end()) told.push_back(problem);
  std::stable_sort(told.begin(), told.end(), [&](const std::string& a, const std::string& b) {
    return place_in(a, file) < place_in(b, file);
  });
  return told;
}

Language message_language(const Settings& settings) {
  return language_for(settings.language);
}

Result<Settings> settings_from(const RunCommandLine& line, std::string_view text) {
  return unless_wrong(reading_of(line, text));
}

Reading read_settings(const RunCommandLine& line) {
  if (line.config_file.empty()) return reading_of(line, {});
  const auto text = read_file(line.config_file, largest_file);
  const bool is_pem = text && text->starts_with("-----BEGIN ");
  if (text && !is_pem && !is_utf16(*text)) return reading_of(line, *text);
  Reading reading;
  reading.settings.misread = true;
  reading.settings.language = language_in(given_options(line), {});
  if (text && !is_pem) {
    reading.problems = {line.config_file + ": is UTF-16, which Notepad calls Unicode; save it as UTF-8"};
    return reading;
  }
  if (text) {
    reading.problems = {line.config_file +
                        ": is no configuration but a certificate, a key or the like (PEM); give a "
                        "TOML file (docs/configuration.md)"};
    return reading;
  }
  reading.problems = {
      text.error().message +
      (may(Right::exists, line.config_file) && !may(Right::read, line.config_file)
           ? "; let the user that runs mailtap read it: `" + recipe_to_share(line.config_file) + "`"
           : std::string("; give a TOML file (docs/configuration.md)"))};
  return reading;
}

Result<Settings> load_settings(const RunCommandLine& line) {
  return unless_wrong(read_settings(line));
}

std::string summary(const std::string& file, const Settings& settings, Language language) {
  const auto counted = [&](std::size_t count, std::string_view one, std::string_view several) {
    return said(language, count == 1 ? one : several, {std::to_string(count)});
  };
  std::string text = said(language, "{file}: fine, {ROUTES}, {WORKERS}",
                          {file, counted(settings.routes.size(), "{n} route", "{n} routes"),
                           counted(settings.workers, "{n} worker", "{n} workers")}) +
                     "\n";
  for (const auto& route : settings.routes) text += RouteSummary(route, language).text();
  return text;
}

}  // namespace mailtap::config
