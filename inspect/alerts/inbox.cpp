#include "inspect/alerts/inbox.h"

#include <utility>

namespace mailtap::alerts {

void Inbox::on_first(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

void Inbox::put(Sighting sighting) {
  const std::lock_guard lock(mutex_);
  if (sightings_.size() >= most_) {
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

}  // namespace mailtap::alerts
