#include "proxy/admin/feed.h"

#include <chrono>
#include <utility>

#include "proxy/admin/feed_item.h"

namespace mailtap::admin {

Feed::Feed(std::size_t max) : max_(max) {}
Feed::~Feed() = default;

void Feed::on_first(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

void Feed::opened(const inspect::ConnectionRecord& connection) {
  put({false, connection});
}

void Feed::ended(inspect::ConnectionRecord connection) {
  put({true, std::move(connection)});
}

/// Two threads that begin a second together may note some more.
bool Feed::wants_messages() {
  const std::int64_t second =
      std::chrono::floor<std::chrono::seconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
  if (second_.exchange(second, std::memory_order_relaxed) != second)
    with_messages_.store(0, std::memory_order_relaxed);
  return with_messages_.fetch_add(1, std::memory_order_relaxed) < max_with_messages;
}

void Feed::batched(std::uint64_t operations, std::uint64_t batches) {
  crypto_operations_ += operations;
  crypto_batches_ += batches;
}

void Feed::put(Item item) {
  const std::lock_guard lock(mutex_);
  if (items_.size() >= max_) {
    ++dropped_;
    return;
  }
  items_.push_back(std::move(item));
  if (items_.size() == 1 && wake_) wake_();
}

void Feed::take(std::vector<Item>& taken) {
  taken.clear();
  const std::lock_guard lock(mutex_);
  taken.swap(items_);
}

}  // namespace mailtap::admin
