#include "certs/issue/key_pool.h"

#include <algorithm>

#include "config/base/process.h"

namespace mailtap::certs {

double KeyBudget::cost_of(KeySpec type) {
  constexpr double of_a_curve = 0.01;
  if (type.rsa_bits == 0) return of_a_curve;
  const double length = static_cast<double>(type.rsa_bits) / 2048;
  return length * length * length * length;
}

bool KeyBudget::take(KeySpec type, Clock::time_point now) {
  if (filled_ != Clock::time_point{})
    left_ = std::min(most_, left_ + std::chrono::duration<double>(now - filled_).count() * each_second);
  filled_ = now;
  const auto cost = std::min(cost_of(type), most_);
  if (cost > left_) return false;
  left_ -= cost;
  return true;
}

KeyPool::KeyPool(const std::vector<Stock>& stocks, const KeyBudget& budget) : budget_(budget) {
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

Result<KeyPtr> KeyPool::take(KeySpec type) {
  {
    const std::lock_guard lock(mutex_);
    for (auto& shelf : shelves_) {
      if (shelf.stock.type != type || shelf.keys.empty()) continue;
      auto key = std::move(shelf.keys.back());
      shelf.keys.pop_back();
      changed_.notify_all();
      remember(type, key);
      return key;
    }
    if (!budget_.take(type, KeyBudget::Clock::now()))
      if (auto key = given_out(type)) return key;
  }
  auto key = PrivateKey::generate(type);
  const std::lock_guard lock(mutex_);
  if (key) remember(type, *key);
  return key;
}

/// Null: there is none, nor another of its kind.
KeyPtr KeyPool::given_out(KeySpec type) const {
  KeyPtr alike;
  for (const auto& [its_type, key] : given_out_) {
    if (its_type == type) return key;
    if (its_type.is_rsa() == type.is_rsa() && its_type.foreign == type.foreign) alike = key;
  }
  return alike;
}

void KeyPool::remember(KeySpec type, const KeyPtr& key) {
  constexpr std::size_t most = 16;
  std::erase_if(given_out_, [&](const auto& each) { return each.first == type; });
  if (given_out_.size() == most) given_out_.erase(given_out_.begin());
  given_out_.emplace_back(type, key);
}

std::size_t KeyPool::ready(KeySpec type) const {
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
  lower_thread_priority();
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
    if (!budget_.take(type, KeyBudget::Clock::now())) {
      changed_.wait_for(lock, std::chrono::seconds(1));
      continue;
    }
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

}  // namespace mailtap::certs
