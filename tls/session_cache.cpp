#include "tls/session_cache.h"

#include <utility>

namespace mailtap::tls {

void SessionCache::put(const std::string& key, SavedSession session) {
  if (capacity_ == 0) return;
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    if (entries_.size() == capacity_) {
      by_key_.erase(entries_.back().key);
      entries_.pop_back();
    }
    entries_.push_front({.key = key, .sessions = {}});
    by_key_[key] = entries_.begin();
  } else {
    entries_.splice(entries_.begin(), entries_, found->second);
  }

  auto& sessions = entries_.front().sessions;
  if (!session.single_use) sessions.clear();
  if (sessions.size() == sessions_per_key) sessions.erase(sessions.begin());
  sessions.push_back(std::move(session));
}

std::optional<SavedSession> SessionCache::take(const std::string& key,
                                               std::chrono::system_clock::time_point now) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return std::nullopt;
  const auto entry = found->second;
  entries_.splice(entries_.begin(), entries_, entry);

  auto& sessions = entry->sessions;
  std::erase_if(sessions, [&](const SavedSession& session) { return session.expires <= now; });
  std::optional<SavedSession> taken;
  if (!sessions.empty() && sessions.back().single_use) {
    taken = std::move(sessions.back());
    sessions.pop_back();
  } else if (!sessions.empty()) {
    taken = sessions.back();
  }
  if (sessions.empty()) {
    by_key_.erase(found);
    entries_.erase(entry);
  }
  return taken;
}

void SessionCache::forget(const std::string& key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return;
  entries_.erase(found->second);
  by_key_.erase(found);
}

}  // namespace mailtap::tls
