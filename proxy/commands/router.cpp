#include "proxy/commands/router.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <tuple>

#include <mbedtls/platform_util.h>
#include <unistd.h>

#include "certs/verify/trust_store.h"
#include "config/base/file.h"
#include "config/base/phrases.h"
#include "config/base/process.h"
#include "config/values.h"
#include "inspect/crm/router_file.h"
#include "inspect/crm/target.h"
#include "inspect/writers/json_writer.h"
#include "inspect/writers/printable.h"
#include "proxy/check/check.h"
#include "proxy/check/report.h"
#include "proxy/commands/failure.h"
#include "proxy/terminal/table.h"

namespace mailtap::commands {

namespace {

constexpr int nothing_to_judge = 4;          // of mailtap check; the worst
constexpr std::size_t most_checked = 1'000;  // servers: with none that answers, over 20 minutes

/// A profile with what becomes of it.
struct Shown {
  crm::Profile profile;
  std::string note;
  std::string target;                   ///< empty: nothing to check
  std::optional<std::size_t> position;  ///< of its target among those that are checked
};

/// Where the router's setup puts the file; empty: it isn't there.
std::filesystem::path installed_file() {
  for (const char* variable : {"ProgramW6432", "ProgramFiles", "ProgramFiles(x86)"}) {
    const char* programs = std::getenv(variable);
    if (programs == nullptr || *programs == '\0') continue;
    for (const auto& folder : crm::router_folders()) {
      auto file = std::filesystem::path(programs) / folder / crm::router_file_name;
      if (std::error_code none; std::filesystem::is_regular_file(file, none)) return file.make_preferred();
    }
  }
  return {};
}

Result<std::vector<crm::Profile>> read_profiles(const std::filesystem::path& path) {
  if (std::error_code none;
      std::filesystem::exists(path, none) && !std::filesystem::is_regular_file(path, none))
    return fail(path.string() +
                ": is no regular file, but a folder, a pipe or a device: give the router's own " +
                std::string(crm::router_file_name) + ", or a copy of it");
  constexpr std::size_t largest = std::size_t{32} << 20;  // as much as Dynamics itself takes
  auto content = read_named_file(path, largest);
  if (!content) return tl::unexpected(content.error());
  std::string& text = *content;
  auto profiles = crm::read_router_file(text);
  mbedtls_platform_zeroize(text.data(), text.size());  // passwords stand in it
  if (!profiles) return fail(path.string() + ": " + profiles.error().message);
  return profiles;
}

/// Targets that several profiles have are checked once.
std::vector<Shown> targets_of(std::vector<crm::Profile> profiles, std::vector<check::Target>& targets) {
  std::vector<Shown> all;
  std::map<std::tuple<std::string, std::uint16_t, check::Starttls>, std::size_t> positions;
  for (auto& profile : profiles) {
    auto [text, note] = crm::target_of(profile);
    Shown shown{std::move(profile), std::move(note), std::move(text), std::nullopt};
    if (!shown.target.empty()) {
      if (auto target = check::parse_target(shown.target, check::Starttls::none, false)) {
        const auto& endpoint = target->endpoint;
        const auto [known, is_new] =
            positions.try_emplace({endpoint.host, endpoint.port, target->starttls}, targets.size());
        shown.position = known->second;
        if (is_new) targets.push_back(std::move(*target));
      } else {
        shown.target.clear();
        shown.note = target.error().message;
      }
    }
    all.push_back(std::move(shown));
  }
  return all;
}

/// Says so of those that aren't checked, for there are too many of them. True: there are.
bool leave_out_many(std::vector<Shown>& all, std::vector<check::Target>& targets) {
  if (targets.size() <= most_checked) return false;
  targets.resize(most_checked);
  for (auto& shown : all) {
    if (!shown.position || *shown.position < most_checked) continue;
    shown.target.clear();
    shown.note = "it isn't checked, for the file names more than " + std::to_string(most_checked) +
                 " servers: give it to mailtap check, or name a file with fewer";
  }
  return true;
}

/// The words of the list, one catalogue a language.
struct Words {
  std::array<std::string_view, 7> titles;      ///< the second: where any profile has a name
  std::array<std::string_view, 3> directions;  ///< in the order of crm::Direction
  std::string_view yes, no, hidden, no_profiles;
};
constexpr Words english{
    {"direction", "profile", "by", "server", "port", "TLS", "entries"},
    {"incoming", "outgoing", "delivery"},
    "yes",
    "no",
    "(not shown: it may hold a password)",
    "It has no profiles yet: they are made in the router's Configuration Manager.",
};
constexpr Words vietnamese{
    {"hướng", "hồ sơ", "bằng", "máy chủ", "cổng", "TLS", "số mục"},
    {"thư đến", "thư đi", "giao vào"},
    "có",
    "không",
    "(không hiển thị: có thể chứa mật khẩu)",
    "Tệp chưa có hồ sơ nào: hồ sơ được tạo trong Configuration Manager của bộ định tuyến.",
};

std::string_view title_of(crm::Service service) {
  switch (service) {
    case crm::Service::exchange: return "Exchange";
    case crm::Service::pop3: return "POP3";
    case crm::Service::smtp: return "SMTP";
    case crm::Service::crm: return "CRM";
    case crm::Service::unknown: break;
  }
  return {};
}

std::string list_text(const std::string& file, const std::vector<Shown>& all, Language language,
                      const terminal::Style& style) {
  using inspect::printable;
  const auto& words = language == Language::vietnamese ? vietnamese : english;
  std::string text = printable(file) + "\n\n";
  if (all.empty()) return text.append(words.no_profiles) + "\n";
  std::vector<terminal::Row> rows;
  const auto plain = [](std::string_view cell) {
    return terminal::Cell{cell.empty() ? "-" : std::string(cell), terminal::Tone::plain};
  };
  const bool have_names =
      std::any_of(all.begin(), all.end(), [](const Shown& shown) { return !shown.profile.name.empty(); });
  const auto without_name = [&](auto cells) {
    if (!have_names) cells.erase(cells.begin() + 1);
    return cells;
  };
  for (const auto& [profile, note, target, position] : all) {
    std::vector<terminal::Cell> cells{
        plain(words.directions.at(static_cast<std::size_t>(profile.direction))),
        plain(printable(profile.name)),
        plain(title_of(profile.service)),
        plain(profile.is_server_hidden ? words.hidden : printable(profile.server)),
        plain(profile.port ? std::to_string(*profile.port) : ""),
        plain(profile.ssl ? (*profile.ssl ? words.yes : words.no) : ""),
        plain(std::to_string(profile.entries))};
    rows.push_back(
        {without_name(std::move(cells)), note.empty() ? "" : "! " + printable(in_language(note, language))});
  }
  const std::vector<std::string> titles(words.titles.begin(), words.titles.end());
  return text + terminal::render(without_name(titles), rows, style);
}

/// `reports` is empty where nothing was checked.
std::string list_json(const std::string& file, const std::vector<Shown>& all,
                      const std::vector<check::Report>& reports, Time time, int status, Language language) {
  inspect::JsonWriter to(language);
  to.start_object();
  to.member("event", "router");
  to.member("time", to_rfc3339(time));
  to.member("file", file);
  to.open_array("profiles");
  for (const auto& [profile, note, target, position] : all) {
    to.start_object();
    to.member("direction", profile.direction);
    to.member_or_null("name", profile.name);
    to.member_or_null("provider", profile.provider);
    to.member("service", profile.service);
    to.member_or_null("server", profile.server);
    profile.port ? to.member("port", *profile.port) : to.null("port");
    profile.ssl ? to.member("ssl", *profile.ssl) : to.null("ssl");
    to.member_or_null("authentication", profile.authentication);
    to.member("entries", profile.entries);
    to.member_or_null("target", target);
    to.sentence_or_null("note", note);
    if (position && *position < reports.size())
      to.member("exit_status", check::exit_status(reports[*position]));
    else
      to.null("exit_status");
    to.end_object();
  }
  to.end_array();
  if (reports.empty())
    to.null("check");
  else
    to.raw_object("check", check::to_json(reports, time, language));
  to.member("exit_status", status);
  to.end_object();
  return to.text() + "\n";
}

Result<check::Options> options_of(const RouterShowLine& line) {
  check::Options options;
  auto trust = certs::TrustStore::load(line.trust, line.crl);
  if (!trust) return tl::unexpected(trust.error());
  options.trust = std::move(*trust);
  if (!line.at.empty()) {
    const auto at = from_rfc3339(line.at);
    if (!at) return fail_about("at", at.error());
    options.at = *at;
  }
  if (!line.as.empty()) {
    auto client = config::parse_client(line.as);
    if (!client) return fail_about("as", client.error());
    options.as = std::move(*client);
  }
  if (!line.timeout.empty()) {
    const auto timeout = config::parse_timeout(line.timeout);
    if (!timeout) return fail_about("timeout", timeout.error());
    options.timeout = options.dialogue_timeout = *timeout;
  }
  options.language = config::language_for(line.language);
  return options;
}

}  // namespace

int run_router_show(const RouterShowLine& line) {
  const auto path = line.file.empty() ? installed_file() : std::filesystem::path(line.file);
  const auto language = config::language_for(line.language);
  const auto complain = [&](const std::string& what, int status) {
    std::cerr << "mailtap router show: " << in_language(inspect::printable(what), language) << '\n';
    return status;
  };
  if (path.empty())
    return complain(
        "no " + std::string(crm::router_file_name) +
            " is found where the router's setup puts it; give FILE: on the router's machine it is in "
            "C:\\Program Files\\Microsoft CRM Email\\Service",
        usage_error);
  auto options = options_of(line);
  if (!options) return complain(labelled(options.error()), usage_error);
  auto profiles = read_profiles(path);
  if (!profiles) return complain(profiles.error().message, no_input);
  auto all = targets_of(std::move(*profiles), options->targets);
  ignore_broken_pipes();
  std::vector<check::Report> reports;
  bool are_left_out = false;
  if (!line.only_list) {
    are_left_out = leave_out_many(all, options->targets);
    reports = check::check_all(*options, [](std::size_t, const check::Report&) {});
  }
  const int status = are_left_out ? nothing_to_judge : check::exit_status(reports);
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (line.json) {
    std::cout << list_json(path.string(), all, reports, now, status, language) << std::flush;
    return status;
  }
  const auto style = terminal::style_for(STDOUT_FILENO);
  std::cout << list_text(path.string(), all, language, style);
  if (!reports.empty()) std::cout << '\n' << check::to_text(reports, language, style);
  std::cout << std::flush;
  return status;
}

}  // namespace mailtap::commands
