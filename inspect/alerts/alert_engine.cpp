#include "inspect/alerts/alert_engine.h"

#include <algorithm>
#include <utility>

#include "certs/model/names.h"
#include "certs/verify/dates.h"
#include "certs/verify/verdict.h"
#include "config/base/cut.h"
#include "config/base/days.h"
#include "config/base/phrases.h"
#include "inspect/verdict_facts.h"
#include "tls/alert.h"

namespace mailtap::alerts {

namespace {

constexpr std::size_t max_text = 256;     ///< of a peer's text that is kept
constexpr std::size_t max_advice = 1024;  ///< several sentences, of which some name a peer's texts
constexpr std::size_t max_reasons = 8;    ///< of one verdict
constexpr std::size_t max_opinions = 16;  ///< that differ, of one upstream

std::string cut(const std::string& text) {
  return cut_to(text, max_text);
}

/// What was cut is in no catalogue, so it is translated first.
Opinion opinion_of(const certs::Verdict& verdict, Language language) {
  Opinion opinion;
  opinion.faults = inspect::distinct_faults(verdict);
  std::sort(opinion.faults.begin(), opinion.faults.end());
  opinion.name_matches = verdict.name_matches;
  opinion.name_known = verdict.name_known;
  for (const auto& finding : verdict.findings)
    if (opinion.reasons.size() < max_reasons)
      opinion.reasons.push_back(std::string(certs::to_string(finding.fault)) + ": " +
                                cut(in_language(finding.detail, language)));
  if (verdict.name_mismatches()) {
    std::string names;
    for (std::size_t i = 0; i < std::min(max_reasons, verdict.names.size()); ++i)
      names += (i == 0 ? "" : ", ") + certs::name_for_people(verdict.names[i], language);
    opinion.reasons.push_back("the certificate is for " + (names.empty() ? "no name" : cut(names)));
  }
  return opinion;
}

Shown shown_of(const certs::Verdict& verdict) {
  Shown shown;
  if (verdict.chain.empty()) return shown;
  const auto& leaf = verdict.chain.front();
  shown.subject = cut(leaf.subject);
  shown.issuer = cut(leaf.issuer);
  shown.serial = cut(leaf.serial);
  shown.sha256 = leaf.sha256;
  shown.spki_sha256 = verdict.spki_sha256;
  shown.ends = inspect::expiry_of(verdict);
  shown.life_days = certs::life_of(verdict).value_or(0);
  return shown;
}

std::string id_of(const certs::Verdict& verdict) {
  std::string id;
  for (const auto& certificate : verdict.chain) id += certificate.sha256 + " ";
  return id;
}

long days_until(Time end, Clock::time_point now) {
  return days_between(std::chrono::floor<std::chrono::seconds>(now), end);
}

std::vector<std::string> differences(const Shown& before, const Shown& after) {
  std::vector<std::string> changed;
  if (before.sha256 == after.sha256) return {"intermediates"};
  changed.emplace_back("certificate");
  if (before.spki_sha256 != after.spki_sha256) changed.emplace_back("key");
  if (before.issuer != after.issuer) changed.emplace_back("issuer");
  if (before.subject != after.subject) changed.emplace_back("subject");
  return changed;
}

std::string describe_change(const ChainChange& change) {
  const auto has = [&](std::string_view what) {
    return std::find(change.changed.begin(), change.changed.end(), what) != change.changed.end();
  };
  if (has("intermediates")) return "other certificates after the same first one";
  return std::string(has("issuer") ? "another certificate, of another issuer"
                                   : "a new certificate of the same issuer") +
         (has("key") ? ", with a new key" : ", with the same key") +
         (has("subject") ? ", for another subject" : "");
}

std::string describe(const Rejection& rejection) {
  if (rejection.alert) return std::string(tls::alert_name(*rejection.alert));
  return std::string(to_string(rejection.reaction));
}

}  // namespace

struct AlertEngine::Round {
  const Key& key;
  Upstream& upstream;
  const Sighting* sighting;  ///< null: the passing of time
  Clock::time_point now;
  std::vector<Alert>& alerts;

  std::string who() const {
    const auto& name = std::get<2>(key);
    const auto& address = std::get<1>(key);
    return name.empty() ? address : name + " (" + address + ")";
  }
};

void AlertEngine::set(AlertRules how) {
  how_ = std::move(how);
  for (auto& [key, upstream] : upstreams_) {
    if (!how_.kinds.contains(Kind::certificate_near_expiry)) upstream.told_threshold = 0;
    if (!how_.kinds.contains(Kind::verdict_changed)) upstream.verdict_raised = false;
    if (!how_.kinds.contains(Kind::router_rejects)) upstream.rejects_raised = false;
  }
}

void AlertEngine::keep_routes(const std::set<std::string>& routes) {
  std::erase_if(upstreams_, [&](const auto& entry) { return !routes.contains(std::get<0>(entry.first)); });
}

std::vector<Alert> AlertEngine::see(const Sighting& sighting, Clock::time_point now) {
  std::vector<Alert> alerts;
  const Key key{sighting.route, sighting.upstream, cut(sighting.verdict->name_checked)};
  auto& upstream = upstream_of(key, now);
  upstream.language = sighting.language;
  note_chain(upstream, sighting, now);
  note_reaction(upstream, sighting, now);
  forget_old(upstream, now);
  Round round{key, upstream, &sighting, now, alerts};
  tell(round);
  return alerts;
}

std::vector<Alert> AlertEngine::tick(Clock::time_point now) {
  std::vector<Alert> alerts;
  for (auto& [key, upstream] : upstreams_) {
    forget_old(upstream, now);
    Round round{key, upstream, nullptr, now, alerts};
    tell(round);
  }
  return alerts;
}

std::vector<Stats::Active> AlertEngine::active() const {
  std::vector<Stats::Active> all;
  for (const auto& [key, upstream] : upstreams_) {
    const auto& [route, address, name] = key;
    if (upstream.told_threshold != 0) all.push_back({Kind::certificate_near_expiry, route, address, name});
    if (upstream.verdict_raised) all.push_back({Kind::verdict_changed, route, address, name});
    if (upstream.rejects_raised) all.push_back({Kind::router_rejects, route, address, name});
  }
  return all;
}

std::set<std::string> AlertEngine::rejecting() const {
  std::set<std::string> clients;
  for (const auto& entry : upstreams_)
    for (const auto& client : entry.second.clients) clients.insert(client.first);
  return clients;
}

// --- what was seen ----------------------------------------------------------------------------------------

/// Room is made by forgetting the one that wasn't seen for longest.
AlertEngine::Upstream& AlertEngine::upstream_of(const Key& key, Clock::time_point now) {
  auto found = upstreams_.find(key);
  if (found == upstreams_.end()) {
    if (upstreams_.size() >= how_.max_upstreams) {
      ++forgotten_;
      upstreams_.erase(
          std::min_element(upstreams_.begin(), upstreams_.end(),
                           [](const auto& a, const auto& b) { return a.second.seen < b.second.seen; }));
    }
    found = upstreams_.emplace(key, Upstream(how_.of_one)).first;
  }
  found->second.seen = now;
  return found->second;
}

void AlertEngine::note_chain(Upstream& upstream, const Sighting& sighting, Clock::time_point now) const {
  const auto& verdict = *sighting.verdict;
  auto& chains = upstream.chains;
  const bool is_first = chains.empty();
  auto id = id_of(verdict);
  const auto found =
      std::find_if(chains.begin(), chains.end(), [&](const Chain& chain) { return chain.id == id; });
  Chain chain{std::move(id),
              shown_of(verdict),
              opinion_of(verdict, sighting.language),
              cut_to(verdict.advice, max_advice),
              now,
              is_first};
  if (found != chains.end()) {
    chain.told = found->told;
    chains.erase(found);
  }
  chains.push_back(std::move(chain));
  if (chains.size() > how_.max_chains) chains.erase(chains.begin());
  if (!is_first) return;
  upstream.told_chain = chains.back();
  upstream.told_opinion = chains.back().opinion;
  upstream.told_opinions = {upstream.told_opinion};
}

void AlertEngine::note_reaction(Upstream& upstream, const Sighting& sighting, Clock::time_point now) const {
  auto& clients = upstream.clients;
  if (sighting.reaction == inspect::ReactionKind::accepted) clients.erase(sighting.client);
  if (!is_rejection(sighting.reaction)) return;
  if (clients.size() >= how_.max_clients && !clients.contains(sighting.client))
    clients.erase(std::min_element(clients.begin(), clients.end(), [](const auto& a, const auto& b) {
      return std::pair(a.second.told, a.second.seen) < std::pair(b.second.told, b.second.seen);
    }));
  auto& client = clients[sighting.client];
  const auto in_a_row = std::min(client.rejection.in_a_row + 1, 1'000'000U);
  client.rejection = {sighting.client, sighting.reaction, sighting.alert, in_a_row};
  client.advice = sighting.reaction_advice;
  client.seen = now;
}

void AlertEngine::forget_old(Upstream& upstream, Clock::time_point now) {
  auto& chains = upstream.chains;
  const auto is_old = [&](Clock::time_point seen) { return now - seen > how_.remembered; };
  const auto before_latest = chains.end() - 1;
  chains.erase(
      std::remove_if(chains.begin(), before_latest, [&](const Chain& chain) { return is_old(chain.seen); }),
      before_latest);
  std::erase_if(upstream.clients, [&](const auto& client) { return is_old(client.second.seen); });
}

bool AlertEngine::is_current(const Upstream& upstream, const Chain& chain, Clock::time_point now) const {
  return &chain == &upstream.chains.back() || now - chain.seen < how_.clear_after;
}

// --- what is told -----------------------------------------------------------------------------------------

void AlertEngine::tell(Round& round) {
  const auto& kinds = how_.kinds;
  if (kinds.contains(Kind::chain_changed)) tell_chains(round);
  if (kinds.contains(Kind::verdict_changed)) tell_verdict(round);
  if (kinds.contains(Kind::certificate_near_expiry)) tell_expiry(round);
  if (kinds.contains(Kind::router_rejects)) tell_router(round);
}

/// Takes a token if there is one; else it is counted once that something had to wait.
bool AlertEngine::may(Round& round, Kind kind) {
  auto& telling = round.upstream.telling[static_cast<std::size_t>(kind)];
  if (telling.bucket.has_token(round.now) && of_all_.has_token(round.now)) {
    telling.bucket.take();
    of_all_.take();
    telling.waits = false;
    return true;
  }
  if (!std::exchange(telling.waits, true)) {
    ++telling.held_back;
    ++held_back_;
  }
  return false;
}

Alert& AlertEngine::add(Round& round, Kind kind, State state) {
  auto& alert = round.alerts.emplace_back();
  alert.time = round.now;
  alert.kind = kind;
  alert.state = state;
  std::tie(alert.route, alert.upstream, alert.name) = round.key;
  alert.language = round.upstream.language;
  if (round.sighting != nullptr) alert.connection = round.sighting->connection;
  auto& telling = round.upstream.telling[static_cast<std::size_t>(kind)];
  alert.held_back = std::exchange(telling.held_back, 0);
  telling.waits = false;
  return alert;
}

/// Of several that are new only the latest is told.
void AlertEngine::tell_chains(Round& round) {
  auto& upstream = round.upstream;
  auto& chain = upstream.chains.back();
  if (chain.told || !may(round, Kind::chain_changed)) return;
  ChainChange change{upstream.told_chain.shown, chain.shown,
                     differences(upstream.told_chain.shown, chain.shown)};
  auto& alert = add(round, Kind::chain_changed, State::notice);
  alert.summary = round.who() + " shows " + describe_change(change);
  alert.chain = std::move(change);
  for (auto& known : upstream.chains) known.told = true;
  upstream.told_chain = chain;
}

void AlertEngine::tell_verdict(Round& round) {
  auto& upstream = round.upstream;
  const auto was_told = [&](const Opinion& opinion) {
    return std::any_of(upstream.told_opinions.begin(), upstream.told_opinions.end(),
                       [&](const Opinion& told) { return told.same_as(opinion); });
  };
  bool any_bad = false;
  for (const auto& chain : upstream.chains) {
    if (chain.opinion.acceptable() || !is_current(upstream, chain, round.now)) continue;
    any_bad = true;
    if (was_told(chain.opinion) || !may(round, Kind::verdict_changed)) continue;
    auto& alert = add(round, Kind::verdict_changed, State::raised);
    alert.verdict = {upstream.told_opinion, chain.opinion};
    alert.advice = chain.advice;
    alert.summary = "the certificate of " + round.who() + " was " + to_string(upstream.told_opinion) +
                    " and is " + to_string(chain.opinion);
    upstream.told_opinion = chain.opinion;
    if (upstream.told_opinions.size() >= max_opinions) upstream.told_opinions.clear();
    upstream.told_opinions.push_back(chain.opinion);
    upstream.verdict_raised = true;
  }
  if (any_bad || upstream.told_opinion.acceptable()) return;
  const auto& good = upstream.chains.back().opinion;
  auto& alert = add(round, Kind::verdict_changed, State::cleared);
  alert.verdict = {upstream.told_opinion, good};
  alert.summary = "the certificate of " + round.who() + " is trusted and matches the name again";
  upstream.told_opinion = good;
  upstream.told_opinions = {good};
  upstream.verdict_raised = false;
}

std::vector<unsigned> AlertEngine::thresholds(long life_days) const {
  auto first = how_.expiry_days;
  if (life_days > 0) first = std::min(first, static_cast<unsigned>(std::clamp(life_days / 3, 1L, 3650L)));
  std::vector<unsigned> days{first};
  for (const unsigned step : {14U, 7U, 1U, 0U})
    if (step < first) days.push_back(step);
  return days;
}

void AlertEngine::tell_expiry(Round& round) {
  auto& upstream = round.upstream;
  auto ends = Time::max();
  const Chain* first = nullptr;
  for (const auto& chain : upstream.chains) {
    if (chain.shown.ends == Time{} || chain.shown.ends >= ends || !is_current(upstream, chain, round.now))
      continue;
    ends = chain.shown.ends;
    first = &chain;
  }
  if (first == nullptr) return;
  const auto days = thresholds(first->shown.life_days);
  unsigned crossed = 0;
  while (crossed < days.size() && ends - round.now <= std::chrono::days(days[crossed])) ++crossed;
  if (crossed <= upstream.told_threshold) {
    const bool is_over = crossed == 0 && upstream.told_threshold != 0;
    upstream.told_threshold = crossed;  // another certificate, with more time: its steps are told anew
    if (!is_over) return;
    auto& alert = add(round, Kind::certificate_near_expiry, State::cleared);
    alert.expiry = {ends, days_until(ends, round.now), days.front()};
    alert.summary = "the certificate of " + round.who() + " now lasts until " + date_of(ends);
    return;
  }
  if (!may(round, Kind::certificate_near_expiry)) return;
  upstream.told_threshold = crossed;
  const auto left = days_until(ends, round.now);
  auto& alert = add(round, Kind::certificate_near_expiry, State::raised);
  alert.expiry = {ends, left, days[crossed - 1]};
  alert.advice = first->advice;
  alert.summary = "the certificate of " + round.who() +
                  (ends < round.now ? " ended on " + date_of(ends)
                                    : " ends in " + days_text(left) + ", on " + date_of(ends));
}

void AlertEngine::tell_router(Round& round) {
  auto& upstream = round.upstream;
  bool any = false;
  for (auto& [host, client] : upstream.clients) {
    if (client.rejection.in_a_row < how_.rejections) continue;
    any = true;
    if (client.told || !may(round, Kind::router_rejects)) continue;
    client.told = true;
    upstream.rejects_raised = true;
    auto& alert = add(round, Kind::router_rejects, State::raised);
    alert.router = client.rejection;
    alert.advice = client.advice;
    alert.summary = host + " rejects the certificate that it is shown for " + round.who() + ": " +
                    describe(client.rejection) + ", " + std::to_string(client.rejection.in_a_row) +
                    (client.rejection.in_a_row == 1 ? " time" : " times in a row");
  }
  if (any || !upstream.rejects_raised) return;
  upstream.rejects_raised = false;
  auto& alert = add(round, Kind::router_rejects, State::cleared);
  const bool accepts =
      round.sighting != nullptr && round.sighting->reaction == inspect::ReactionKind::accepted;
  alert.summary =
      accepts ? round.sighting->client + " accepts the certificate that it is shown for " + round.who()
              : "whoever rejected the certificate of " + round.who() + " hasn't been seen for a day";
  if (accepts) alert.router = {round.sighting->client, inspect::ReactionKind::accepted, std::nullopt, 0};
}

}  // namespace mailtap::alerts
