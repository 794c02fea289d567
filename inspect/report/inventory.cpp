#include "inspect/report/inventory.h"

#include <algorithm>

#include "certs/verify/dates.h"
#include "config/base/days.h"

namespace mailtap::report {

namespace {

constexpr std::size_t most_pending = 100'000;
constexpr std::size_t most_bad = 20;
constexpr long usual_life = 398;  // of a certificate whose days can't be read

bool is_old(const std::string& version) {
  return version == "TLSv1.0" || version == "TLSv1.1" || version == "SSLv3";
}

/// What a finding is listed as; those of STARTTLS and of interception are in the log, and no inventory.
bool is_listed(std::string_view finding) {
  return finding == "oauth-refused" || finding == "basic-off" || finding == "smtp-auth-off" ||
         finding == "ews-blocked" || finding == "throttled" || finding == "plaintext-authentication";
}

}  // namespace

void Inventory::add(std::string_view file, std::size_t number, std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.find_first_not_of(" \t") == std::string_view::npos) return;
  ++lines_;
  const auto parsed = parse_line(line);
  if (!parsed) {
    ++bad_lines_;
    if (bad_.size() < most_bad) bad_.push_back({std::string(file), number, parsed.error().message});
    return;
  }
  if (const auto* const connection = std::get_if<ConnectionLine>(&*parsed)) add(*connection);
  if (const auto* const exchange = std::get_if<ExchangeLine>(&*parsed)) add(*exchange);
  if (const auto* const other = std::get_if<OtherLine>(&*parsed)) lost_ += other->lost;
}

void Inventory::add(const ExchangeLine& line) {
  ++exchanges_;
  if (pending_.size() >= most_pending && pending_.find(line.id) == pending_.end()) {
    cut_ = true;
    return;
  }
  auto& pending = pending_[line.id];
  constexpr std::size_t most_users = 16;
  if (!line.user.empty() && pending.users.size() < most_users) pending.users.insert(line.user);
  if (line.service == "ews") pending.uses.insert("ews");
  if (line.scheme == "basic") pending.uses.insert(line.service == "smtp" ? "basic-smtp" : "basic");
  if (line.is_ntlm) pending.uses.insert("ntlm");
  for (const auto& finding : line.findings)
    if (is_listed(finding)) pending.uses.insert(finding);
}

void Inventory::add(const ConnectionLine& line) {
  ++connections_;
  if (first_ == Time{} || line.time < first_) first_ = line.time;
  last_ = std::max(last_, line.time);
  Pending said;
  if (const auto found = pending_.find(line.id); found != pending_.end()) {
    said = std::move(found->second);
    pending_.erase(found);
  }
  // What the route didn't write exchange by exchange stands in the sum.
  for (const auto& service : line.services)
    if (service == "ews") said.uses.insert("ews");
  for (const auto& finding : line.findings) {
    if (is_listed(finding)) said.uses.insert(finding);
    const bool told = said.uses.count("basic") + said.uses.count("basic-smtp") > 0;
    const bool is_smtp = std::find(line.services.begin(), line.services.end(), "smtp") != line.services.end();
    if (finding == "basic-over-tls" && !told) said.uses.insert(is_smtp ? "basic-smtp" : "basic");
  }
  if (is_old(line.client_tls)) said.uses.insert("tls-1.0");
  if (is_old(line.server_tls)) said.uses.insert("server-tls-1.0");
  count_key_exchange(line);
  if (said.users.empty()) said.users.insert("");
  for (const auto& what : said.uses)
    for (const auto& user : said.users) note(what, {line.client, user}, line);

  if (!line.days_left || line.server.empty()) return;
  auto& certificate = certificates_[line.server];
  if (certificate.seen > line.time) return;
  certificate = {
      {line.server, line.certificate, line.subject, line.time + std::chrono::hours{24} * *line.days_left, 0},
      line.life_days.value_or(usual_life),
      line.time};
}

void Inventory::count_key_exchange(const ConnectionLine& line) {
  if (line.client_tls.empty()) return;
  const bool is_post_quantum = line.client_group.find("MLKEM") != std::string::npos;
  ++(is_post_quantum ? post_quantum_ : classical_).connections;
  const auto known = has_post_quantum_.find(line.client);
  if (known == has_post_quantum_.end()) {
    if (has_post_quantum_.size() >= most_listed) {
      cut_ = true;
      return;
    }
    has_post_quantum_.emplace(line.client, is_post_quantum);
    ++(is_post_quantum ? post_quantum_ : classical_).clients;
  } else if (is_post_quantum && !std::exchange(known->second, true)) {
    --classical_.clients;
    ++post_quantum_.clients;
  }
}

void Inventory::note(const std::string& what, const Who& who, const ConnectionLine& line) {
  auto& users = uses_[what];
  const auto known = users.find(who);
  if (known == users.end() && listed_ >= most_listed) {
    cut_ = true;
    return;
  }
  if (known == users.end()) ++listed_;
  auto& user = users[who];
  user.client = who.first;
  user.mailbox = who.second;
  constexpr std::size_t most_routes = 16;
  if (user.routes.size() < most_routes) user.routes.insert(line.route);
  ++user.connections;
  if (user.first == Time{} || line.time < user.first) user.first = line.time;
  user.last = std::max(user.last, line.time);
}

void Inventory::end_file() {
  for (const auto& [id, said] : pending_) {
    ConnectionLine unknown;
    for (const auto& what : said.uses)
      for (const auto& user : said.users.empty() ? std::set<std::string>{""} : said.users)
        note(what, {"", user}, unknown);
  }
  pending_.clear();
}

std::vector<Use> Inventory::uses() const {
  std::vector<Use> all;
  for (const auto& [what, users] : uses_) {
    Use use{what, {}};
    for (const auto& [who, user] : users) use.users.push_back(user);
    std::stable_sort(use.users.begin(), use.users.end(),
                     [](const User& a, const User& b) { return a.connections > b.connections; });
    all.push_back(std::move(use));
  }
  return all;
}

std::vector<ServerCertificate> Inventory::certificates(Time at) const {
  std::vector<ServerCertificate> near;
  for (const auto& [server, certificate] : certificates_) {
    auto shown = certificate.shown;
    shown.days_left = days_between(at, shown.ends);
    if (shown.days_left < certs::warn_days_of_life(certificate.life_days)) near.push_back(std::move(shown));
  }
  std::sort(near.begin(), near.end(),
            [](const ServerCertificate& a, const ServerCertificate& b) { return a.ends < b.ends; });
  return near;
}

}  // namespace mailtap::report
