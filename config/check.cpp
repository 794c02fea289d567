#include "config/check.h"

#include <algorithm>
#include <ostream>

#include <sched.h>

#include "config/base/file.h"
#include "config/base/text.h"
#include "config/cross_checks.h"
#include "config/toml_file.h"

namespace mailtap::config {

namespace {

constexpr std::size_t largest_file = std::size_t{4} << 20;

/// The CPUs that this process may run on, which containers and taskset restrict.
unsigned available_cpus() {
  cpu_set_t cpus;
  if (::sched_getaffinity(0, sizeof cpus, &cpus) != 0) return 1;
  return static_cast<unsigned>(std::max(CPU_COUNT(&cpus), 1));
}

/// `over` replaces what `under` has of the same name.
GivenOptions layered(const GivenOptions& over, const GivenOptions& under) {
  GivenOptions both = over;
  both.insert(under.begin(), under.end());
  return both;
}

Route make_route(const GivenOptions& given, std::string id, std::string origin, Problems& problems) {
  Route route;
  route.origin = std::move(origin);
  apply(given, route, problems);
  route.id = id.empty() && !route.listen.host.empty() ? route.listen.to_string() : std::move(id);
  return route;
}

std::string where_to(const Route& route) {
  const auto& how = route.ingress;
  if (how.connect_proxy) return "as CONNECT says";
  if (how.transparent != Transparency::none)
    return "where it was going (" + std::string(to_string(how.transparent)) + ")";
  std::string text;
  for (const auto& one : how.sni_routes) text += one.pattern + " " + one.upstream.to_string() + ", ";
  if (route.upstream.host.empty()) return text + "no other name";
  return (text.empty() ? "" : text + "else ") + route.upstream.to_string();
}

std::string name_of(const Route& route) {
  if (!route.name.empty()) return route.name;
  if (route.ingress.connect_proxy) return "as CONNECT says";
  const auto& host = route.upstream.host;
  return "as the client's SNI, else " + (host.empty() ? "the server's address" : host);
}

std::string summary(const Route& route) {
  std::string text = "  " + route.id + ": " + route.listen.to_string() + " -> " + where_to(route);
  text += "\n    name " + name_of(route);
  text += route.mode == Mode::observe ? ", observe" : ", present " + std::string(to_string(route.present));
  text += ", trust " + join(route.trust, " ");
  if (route.require_trusted) text += ", require-trusted";
  if (!route.pins.empty())
    text += ", " + std::to_string(route.pins.size()) + (route.pins.size() == 1 ? " pin" : " pins");
  if (route.legacy_tls.any())
    text += std::string(", legacy-tls") + (!route.legacy_tls.downstream ? " upstream"
                                           : !route.legacy_tls.upstream ? " downstream"
                                                                        : "");
  if (route.legacy_tls.ssl3) text += " with SSL 3";
  return text + ", log " + route.log.file + " (" + std::string(to_string(route.log.format)) + ")\n";
}

}  // namespace

Result<Settings> settings_from(const RunCommandLine& line, std::string_view text) {
  TomlFile file;
  if (!line.config_file.empty()) {
    auto parsed = parse_toml(text, line.config_file);
    if (!parsed) return tl::unexpected(parsed.error());
    file = std::move(*parsed);
  }
  auto given = given_options(line);
  GivenOptions command_line_address;
  for (const auto* name : {"listen", "upstream"})
    if (auto node = given.extract(name); !node.empty()) command_line_address.insert(std::move(node));

  Settings settings;
  settings.workers = available_cpus();
  Problems problems;
  const auto top = layered(given, file.options);
  apply(top, settings, problems);
  for (auto& table : file.routes) {
    auto route =
        make_route(layered(given, layered(table.options, file.options)), table.id, table.origin, problems);
    if (!table.id_label.empty()) route.labels["id"] = table.id_label;
    settings.routes.push_back(std::move(route));
  }
  if (!command_line_address.empty())
    settings.routes.push_back(
        make_route(layered(command_line_address, top), "", std::string(command_line_origin), problems));

  if (settings.routes.empty())
    problems.push_back(
        line.config_file.empty()
            ? "there is nothing to do; give --listen ADDR:PORT and --upstream HOST:PORT, or --config FILE"
            : line.config_file + ": has no route; add [[route]] with listen and upstream");
  // A value that could not be read would seem missing to the cross-checks.
  if (problems.empty()) cross_check(settings, problems);
  // The same default, wrong, is found once for every route.
  Problems told;
  for (auto& problem : problems)
    if (std::find(told.begin(), told.end(), problem) == told.end()) told.push_back(std::move(problem));
  if (!told.empty()) return fail(join(told, "\n"));
  return settings;
}

Result<Settings> load_settings(const RunCommandLine& line) {
  if (line.config_file.empty()) return settings_from(line, {});
  const auto text = read_file(line.config_file, largest_file);
  if (!text) return fail(text.error().message + "; --config needs a TOML file (docs/configuration.md)");
  return settings_from(line, *text);
}

int config_check(const std::string& file, std::ostream& out, std::ostream& err) {
  RunCommandLine line;
  line.config_file = file;
  const auto settings = load_settings(line);
  if (!settings) {
    err << settings.error().message << '\n';
    return 1;
  }
  const auto routes = settings->routes.size();
  out << file << ": fine, " << routes << (routes == 1 ? " route, " : " routes, ") << settings->workers
      << (settings->workers == 1 ? " worker\n" : " workers\n");
  for (const auto& route : settings->routes) out << summary(route);
  return 0;
}

}  // namespace mailtap::config
