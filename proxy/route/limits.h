// How many connections there may be: in all, per route and per client address. Shared by all workers.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace mailtap::proxy {

/// One connection's place among the connections; gives it back when it goes.
class Place {
 public:
  using Release = void (*)(void* owner, const std::array<std::uint8_t, 16>& key);
  Place(void* owner, Release release, const std::array<std::uint8_t, 16>& key = {})
      : owner_(owner), release_(release), key_(key) {}
  Place(Place&& other) noexcept
      : owner_(other.owner_), release_(std::exchange(other.release_, nullptr)), key_(other.key_) {}
  Place& operator=(Place&& other) noexcept {
    std::swap(owner_, other.owner_);
    std::swap(release_, other.release_);
    std::swap(key_, other.key_);
    return *this;
  }
  ~Place() {
    if (release_ != nullptr) release_(owner_, key_);
  }

 private:
  void* owner_;
  Release release_;
  std::array<std::uint8_t, 16> key_;
};

/// Counts up to `limit`; 0 is no limit. Must outlive its places.
class CountLimit {
 public:
  explicit CountLimit(std::uint32_t limit) : limit_(limit) {}
  void set_limit(std::uint32_t limit) { limit_ = limit; }

  bool full() const { return limit_ != 0 && count_ >= limit_; }
  std::uint32_t count() const { return count_; }
  std::uint32_t limit() const { return limit_; }
  /// Nothing when the limit is reached.
  std::optional<Place> take();

 private:
  std::atomic<std::uint32_t> limit_;
  std::atomic<std::uint32_t> count_{0};
};

/// Counts each client address by itself. Must outlive its places.
class SourceLimit {
 public:
  using Key = std::array<std::uint8_t, 16>;  ///< net::Address::host_key
  explicit SourceLimit(std::uint32_t limit) : limit_(limit) {}

  std::optional<Place> take(const Key& source);

 private:
  std::uint32_t limit_;
  std::mutex mutex_;
  std::map<Key, std::uint32_t> counts_;  // of addresses that have a connection: bounded by those
};

}  // namespace mailtap::proxy
