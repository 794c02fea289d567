#include "certs/key_pool.h"

#include <algorithm>

#include <sys/resource.h>
#include <unistd.h>

namespace mailtap::certs::making {

KeyPool::KeyPool(const std::vector<Stock>& stocks) {
  for (const auto& stock : stocks) shelves_.push_back({stock, {}});
  thread_ = std::thread([this] { refill(); });
}

KeyPool::~KeyPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Result<KeyPtr> KeyPool::take(KeyType type) {
  {
    const std::lock_guard lock(mutex_);
    for (auto& shelf : shelves_) {
      if (shelf.stock.type != type || shelf.keys.empty()) continue;
      auto key = std::move(shelf.keys.back());
      shelf.keys.pop_back();
      changed_.notify_all();
      return key;
    }
  }
  return PrivateKey::generate(type);
}

std::size_t KeyPool::ready(KeyType type) const {
  const std::lock_guard lock(mutex_);
  for (const auto& shelf : shelves_)
    if (shelf.stock.type == type) return shelf.keys.size();
  return 0;
}

/// The emptiest, measured against what it should hold.
KeyPool::Shelf* KeyPool::shelf_to_fill() {
  const auto missing = [](const Shelf& shelf) { return shelf.stock.ahead - shelf.keys.size(); };
  const auto emptiest =
      std::max_element(shelves_.begin(), shelves_.end(),
                       [&](const Shelf& a, const Shelf& b) { return missing(a) < missing(b); });
  return emptiest == shelves_.end() || missing(*emptiest) == 0 ? nullptr : &*emptiest;
}

void KeyPool::refill() {
  constexpr int low_priority = 10;
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), low_priority);  // Linux: of this thread alone
  const auto stopping = [this] {
    const std::lock_guard lock(mutex_);
    return stopping_;
  };

  std::unique_lock lock(mutex_);
  while (!stopping_) {
    auto* shelf = shelf_to_fill();
    if (shelf == nullptr) {
      changed_.wait(lock);
      continue;
    }
    const auto type = shelf->stock.type;
    lock.unlock();
    auto key = PrivateKey::generate(type, stopping);
    lock.lock();
    // A failure is the caller's to report, when it asks for a key and none is ready.
    if (key)
      shelf->keys.push_back(std::move(*key));
    else if (!stopping_)
      changed_.wait(lock);
  }
}

}  // namespace mailtap::certs::making
