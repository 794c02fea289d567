// Counts over time: a ring of buckets of the same width.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace mailtap::admin {

/// What is counted in each bucket.
struct Counts {
  std::uint64_t connections = 0;
  std::uint64_t untrusted = 0;   ///< the server's certificate isn't trusted
  std::uint64_t mismatched = 0;  ///< or isn't for the name
  std::uint64_t failed = 0;      ///< ended for no routine reason
  std::uint64_t bytes = 0;       ///< relayed, both ways

  void operator+=(const Counts& other) {
    connections += other.connections;
    untrusted += other.untrusted;
    mismatched += other.mismatched;
    failed += other.failed;
    bytes += other.bytes;
  }
};

class Series {
 public:
  Series(std::chrono::seconds width, std::size_t buckets) : width_(width), ring_(buckets) {}

  /// A time before the oldest bucket is left out.
  void add(std::chrono::sys_seconds at, const Counts& counts) {
    const auto slot = slot_of(at);
    advance(slot);
    if (newest_ - slot < static_cast<std::int64_t>(ring_.size())) bucket(slot) += counts;
  }

  /// The last of them up to `now`, oldest first; as many as the ring has.
  std::vector<Counts> until(std::chrono::sys_seconds now) {
    advance(slot_of(now));
    std::vector<Counts> all;
    all.reserve(ring_.size());
    for (auto slot = newest_ - static_cast<std::int64_t>(ring_.size()) + 1; slot <= newest_; ++slot)
      all.push_back(bucket(slot));
    return all;
  }
  /// Where the newest bucket of until() begins.
  std::chrono::sys_seconds newest() const { return std::chrono::sys_seconds(width_ * newest_); }
  std::chrono::seconds width() const { return width_; }

 private:
  std::int64_t slot_of(std::chrono::sys_seconds at) const { return at.time_since_epoch() / width_; }
  Counts& bucket(std::int64_t slot) { return ring_[static_cast<std::size_t>(slot) % ring_.size()]; }

  /// Empties what was passed over. A clock that was set back goes on in the newest bucket's time.
  void advance(std::int64_t slot) {
    if (slot - newest_ >= static_cast<std::int64_t>(ring_.size())) {
      for (auto& each : ring_) each = {};
      newest_ = slot;
    }
    while (newest_ < slot) bucket(++newest_) = {};
  }

  const std::chrono::seconds width_;
  std::vector<Counts> ring_;
  std::int64_t newest_ = 0;
};

}  // namespace mailtap::admin
