#include "tls/sessions/session_cache.h"

#include <utility>

namespace mailtap::tls {

void SessionCache::Route::erase(Entries::iterator entry) {
  sessions -= entry->sessions.size();
  by_name.erase(entry->name);
  entries.erase(entry);
}

void SessionCache::put(const std::string& route_id, const std::string& name, SavedSession session) {
  if (per_route_ == 0) return;
  auto& route = routes_[route_id];
  auto& entries = route.entries;
  const auto found = route.by_name.find(name);
  if (found == route.by_name.end()) {
    entries.push_front({.name = name, .sessions = {}});
    route.by_name[name] = entries.begin();
  } else {
    entries.splice(entries.begin(), entries, found->second);
  }

  auto& sessions = entries.front().sessions;
  const auto held = sessions.size();
  if (!session.single_use) sessions.clear();
  if (sessions.size() == sessions_per_name) sessions.erase(sessions.begin());
  sessions.push_back(std::move(session));
  route.sessions = route.sessions - held + sessions.size();

  while (route.sessions > per_route_) {
    if (entries.size() > 1) {
      route.erase(std::prev(entries.end()));
    } else {
      sessions.erase(sessions.begin());
      --route.sessions;
    }
  }
}

std::optional<SavedSession> SessionCache::take(const std::string& route_id, const std::string& name,
                                               std::chrono::system_clock::time_point now) {
  const auto of_route = routes_.find(route_id);
  if (of_route == routes_.end()) return std::nullopt;
  auto& route = of_route->second;
  const auto found = route.by_name.find(name);
  if (found == route.by_name.end()) return std::nullopt;
  const auto entry = found->second;
  route.entries.splice(route.entries.begin(), route.entries, entry);

  auto& sessions = entry->sessions;
  const auto held = sessions.size();
  std::erase_if(sessions, [&](const SavedSession& session) { return session.expires <= now; });
  std::optional<SavedSession> taken;
  if (!sessions.empty() && sessions.back().single_use) {
    taken = std::move(sessions.back());
    sessions.pop_back();
  } else if (!sessions.empty()) {
    taken = sessions.back();
  }
  route.sessions -= held - sessions.size();
  if (sessions.empty()) route.erase(entry);
  return taken;
}

void SessionCache::forget(const std::string& route_id, const std::string& name) {
  const auto of_route = routes_.find(route_id);
  if (of_route == routes_.end()) return;
  auto& route = of_route->second;
  const auto found = route.by_name.find(name);
  if (found != route.by_name.end()) route.erase(found->second);
}

std::size_t SessionCache::size(const std::string& route) const {
  const auto found = routes_.find(route);
  return found == routes_.end() ? 0 : found->second.sessions;
}

}  // namespace mailtap::tls
