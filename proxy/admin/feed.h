// From the workers to the admin thread: a bounded queue that never makes a worker wait.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "inspect/watcher.h"

namespace mailtap::admin {

class Feed final : public inspect::Watcher {
 public:
  /// A tenth of a second, which is how often it is emptied, at 80,000 connections a second.
  static constexpr std::size_t default_max = 8192;
  /// Connections a second whose handshakes' messages are noted.
  static constexpr unsigned max_with_messages = 100;

  struct Item;  // proxy/admin/feed_item.h

  explicit Feed(std::size_t max = default_max);
  ~Feed() override;

  /// `wake` is called by whoever puts something into an empty queue; null: nobody is woken any more. It must
  /// be quick (uv_async_send).
  void on_first(std::function<void()> wake);

  void opened(const inspect::ConnectionRecord& connection) override;
  void ended(inspect::ConnectionRecord connection) override;
  /// Of as many as a person can look at: noting them costs a part of a handshake.
  bool wants_messages() override;
  void batched(std::uint64_t operations, std::uint64_t batches) override;

  /// Puts what is queued into `taken`, whose memory is used again for the queue.
  void take(std::vector<Item>& taken);
  /// How many found the queue full, so far.
  std::uint64_t dropped() const { return dropped_; }
  std::uint64_t crypto_operations() const { return crypto_operations_; }
  std::uint64_t crypto_batches() const { return crypto_batches_; }

 private:
  void put(Item item);

  const std::size_t max_;
  std::atomic<std::int64_t> second_{0};     // of the steady clock
  std::atomic<unsigned> with_messages_{0};  // in it
  std::mutex mutex_;
  std::function<void()> wake_;
  std::vector<Item> items_;
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<std::uint64_t> crypto_operations_{0};
  std::atomic<std::uint64_t> crypto_batches_{0};
};

}  // namespace mailtap::admin
