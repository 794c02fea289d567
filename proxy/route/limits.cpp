#include "proxy/route/limits.h"

namespace mailtap::proxy {

std::optional<Place> CountLimit::take() {
  const auto limit = limit_.load();
  if (count_.fetch_add(1) >= limit && limit != 0) {
    count_.fetch_sub(1);
    return std::nullopt;
  }
  return Place(this, [](void* self, const auto&) { static_cast<CountLimit*>(self)->count_.fetch_sub(1); });
}

std::optional<Place> SourceLimit::take(const Key& source) {
  static constexpr auto release = [](void* self, const Key& key) {
    auto& limit = *static_cast<SourceLimit*>(self);
    const std::lock_guard lock(limit.mutex_);
    const auto found = limit.counts_.find(key);
    if (--found->second == 0) limit.counts_.erase(found);
  };
  if (limit_ == 0) return Place(this, nullptr);
  const std::lock_guard lock(mutex_);
  auto& count = counts_[source];
  if (count >= limit_) return std::nullopt;
  ++count;
  return Place(this, release, source);
}

}  // namespace mailtap::proxy
