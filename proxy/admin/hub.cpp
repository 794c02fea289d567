#include "proxy/admin/hub.h"

#include <algorithm>

#include "certs/verify/verdict.h"
#include "inspect/record.h"

namespace mailtap::admin {

namespace {

void keep(std::deque<ConnectionPtr>& in, const ConnectionPtr& connection, std::size_t max) {
  in.push_back(connection);
  if (in.size() > max) in.pop_front();
}

Counts counts_of(const inspect::ConnectionRecord& connection) {
  Counts counts;
  counts.connections = 1;
  if (connection.verdict) {
    counts.untrusted = connection.verdict->trusted() ? 0 : 1;
    counts.mismatched = connection.verdict->name_mismatches() ? 1 : 0;
  }
  if (!inspect::is_routine(connection.ending.reason)) {
    counts.failed = 1;
    switch (connection.ending.side) {
      case inspect::Side::downstream: counts.failed_downstream = 1; break;
      case inspect::Side::upstream: counts.failed_upstream = 1; break;
      case inspect::Side::mailtap: counts.failed_mailtap = 1; break;
    }
  }
  counts.refused = inspect::is_refusal(connection.reaction.kind) ? 1 : 0;
  if (connection.downstream_handshake.count() >= 0)
    counts.downstream_handshake.add(connection.downstream_handshake);
  if (connection.upstream_handshake.count() >= 0)
    counts.upstream_handshake.add(connection.upstream_handshake);
  counts.bytes = connection.bytes_to_upstream + connection.bytes_to_downstream;
  return counts;
}

}  // namespace

bool is_notable(const inspect::ConnectionRecord& connection) {
  return (connection.verdict && !connection.verdict->acceptable()) ||
         !inspect::is_routine(connection.ending.reason) || inspect::is_refusal(connection.reaction.kind);
}

std::string_view to_string(Health health) {
  switch (health) {
    case Health::down: return "down";
    case Health::faulty: return "faulty";
    case Health::refused: return "refused";
    case Health::expiring: return "expiring";
    case Health::unknown: return "unknown";
    case Health::well: return "well";
  }
  return "unknown";
}

Health Upstream::health() const {
  if (is_down) return Health::down;
  if (!with_verdict) return Health::unknown;
  if (!with_verdict->verdict->acceptable()) return Health::faulty;
  if (is_refused) return Health::refused;
  return with_verdict->verdict->ends_soon() ? Health::expiring : Health::well;
}

ConnectionPtr Hub::opened(inspect::ConnectionRecord connection) {
  auto opened = std::make_shared<const inspect::ConnectionRecord>(std::move(connection));
  if (open_.size() < limits_.open) open_.emplace(opened->id, opened);
  return opened;
}

ConnectionPtr Hub::ended(inspect::ConnectionRecord connection, std::chrono::sys_seconds now) {
  auto ended = std::make_shared<const inspect::ConnectionRecord>(std::move(connection));
  open_.erase(ended->id);
  keep(recent_, ended, limits_.recent);
  if (is_notable(*ended)) keep(notable_, ended, limits_.notable);

  const auto counts = counts_of(*ended);
  totals_ += counts;
  for (auto* series : {&minutes_, &hour_, &day_, &month_}) series->add(now, counts);
  ++endings_[ended->ending.reason];

  auto& upstream = upstream_of(*ended);
  ++upstream.connections;
  upstream.failed += counts.failed;
  upstream.refused += counts.refused;
  upstream.is_down = inspect::is_server_down(ended->ending.reason, ended->ending.side);
  if (ended->reaction.kind != inspect::ReactionKind::unknown) upstream.is_refused = counts.refused != 0;
  if (counts.refused != 0) upstream.last_refused = ended;
  upstream.last_seen = ended->time;
  if (ended->verdict) upstream.with_verdict = ended;
  if (counts.failed != 0) upstream.last_failure = ended;
  return ended;
}

ConnectionPtr Hub::find(std::uint64_t id) const {
  if (const auto found = open_.find(id); found != open_.end()) return found->second;
  for (const auto* kept : {&recent_, &notable_})
    for (const auto& connection : *kept)
      if (connection->id == id) return connection;
  return nullptr;
}

const Upstream* Hub::upstream(std::uint64_t number) const {
  for (const auto& [key, upstream] : upstreams_)
    if (upstream.number == number) return &upstream;
  return nullptr;
}

/// A connection that saw no certificate is of the upstream's latest name.
Upstream& Hub::upstream_of(const inspect::ConnectionRecord& connection) {
  UpstreamKey key{connection.route, connection.upstream_configured,
                  connection.verdict ? connection.verdict->name_checked : ""};
  const auto same_address = [&](const auto& entry) {
    return std::get<0>(entry.first) == std::get<0>(key) && std::get<1>(entry.first) == std::get<1>(key);
  };
  if (!connection.verdict) {
    Upstream* latest = nullptr;
    for (auto& entry : upstreams_)
      if (same_address(entry) && (latest == nullptr || entry.second.last_seen > latest->last_seen))
        latest = &entry.second;
    if (latest != nullptr) return *latest;
  } else {
    // What was seen before there was a name goes on under it.
    auto nameless = upstreams_.extract({std::get<0>(key), std::get<1>(key), std::string()});
    if (!nameless.empty() && !upstreams_.contains(key)) {
      nameless.key() = key;
      nameless.mapped().name = std::get<2>(key);
      return upstreams_.insert(std::move(nameless)).position->second;
    }
  }
  const auto found = upstreams_.find(key);
  if (found != upstreams_.end()) return found->second;
  if (upstreams_.size() >= limits_.upstreams) {
    ++upstreams_forgotten_;
    upstreams_.erase(std::min_element(upstreams_.begin(), upstreams_.end(), [](const auto& a, const auto& b) {
      return a.second.last_seen < b.second.last_seen;
    }));
  }
  Upstream fresh;
  fresh.number = ++upstreams_seen_;
  std::tie(fresh.route, fresh.address, fresh.name) = key;
  return upstreams_.emplace(std::move(key), std::move(fresh)).first->second;
}

}  // namespace mailtap::admin
