// Keys made ahead of need: an RSA key takes longer than a client waits gladly.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

#include "certs/private_key.h"

namespace mailtap::certs::making {

/// Thread-safe. One background thread of low priority refills it.
class KeyPool {
 public:
  struct Stock {
    KeyType type;
    std::size_t ahead;  ///< how many to keep ready
  };

  explicit KeyPool(const std::vector<Stock>& stocks);
  /// Ends the background thread, in the middle of a key if need be.
  ~KeyPool();
  KeyPool(const KeyPool&) = delete;
  KeyPool& operator=(const KeyPool&) = delete;

  /// A key that nobody else gets: a ready one, else one made now by the calling thread.
  Result<KeyPtr> take(KeyType type);
  std::size_t ready(KeyType type) const;

 private:
  struct Shelf {
    Stock stock;
    std::vector<KeyPtr> keys;
  };

  void refill();
  Shelf* shelf_to_fill();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Shelf> shelves_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace mailtap::certs::making
