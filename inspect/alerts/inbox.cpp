#include "inspect/alerts/inbox.h"

#include <utility>

#include "inspect/record.h"

namespace mailtap::alerts {

void Inbox::on_first(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

void Inbox::put(Sighting sighting) {
  const std::lock_guard lock(mutex_);
  if (sightings_.size() >= max_) {
    ++dropped_;
    return;
  }
  sightings_.push_back(std::move(sighting));
  if (sightings_.size() == 1 && wake_) wake_();
}

std::vector<Sighting> Inbox::take() {
  std::vector<Sighting> taken;
  const std::lock_guard lock(mutex_);
  taken.swap(sightings_);
  return taken;
}

void Reporter::ended(const inspect::ConnectionRecord& connection) {
  if (!inbox_.is_open() || !connection.verdict) return;
  if (auto sighting = deduplicator_.pass(connection, connection.time + connection.total))
    inbox_.put(std::move(*sighting));
}

}  // namespace mailtap::alerts
