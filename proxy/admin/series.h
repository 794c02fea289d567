// Counts over time: a ring of buckets of the same width.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace mailtap::admin {

/// How long something took: a histogram whose bins grow by half octaves from 125 us on, so that what it says
/// is at most 41 % too much, in 160 bytes.
class Durations {
 public:
  void add(std::chrono::microseconds took) {
    std::size_t bin = 0;
    while (bin + 1 < bins_.size() && took > end_of(bin)) ++bin;
    ++bins_[bin];
  }
  void operator+=(const Durations& other) {
    for (std::size_t i = 0; i < bins_.size(); ++i) bins_[i] += other.bins_[i];
  }
  /// What that share (0 to 1) of them took at most; nothing: there are none.
  std::optional<std::chrono::microseconds> quantile(double share) const {
    double all = 0;
    for (const auto count : bins_) all += count;
    if (all == 0) return std::nullopt;
    std::size_t bin = 0;
    for (double seen = bins_[0]; seen < share * all && bin + 1 < bins_.size(); seen += bins_[bin]) ++bin;
    return end_of(bin);
  }

 private:
  static std::chrono::microseconds end_of(std::size_t bin) {
    const auto octave = std::int64_t{125} << (bin / 2);
    return std::chrono::microseconds(bin % 2 == 0 ? octave : octave * 1414 / 1000);
  }
  std::array<std::uint32_t, 40> bins_{};  // the last one: 65 s and more
};

/// What is counted in each bucket.
struct Counts {
  std::uint64_t connections = 0;
  std::uint64_t untrusted = 0;          ///< the server's certificate isn't trusted
  std::uint64_t mismatched = 0;         ///< or isn't for the name
  std::uint64_t failed = 0;             ///< ended for no routine reason
  std::uint64_t bytes = 0;              ///< relayed, both ways
  std::uint64_t refused = 0;            ///< the client refused the certificate that it was shown
  std::uint64_t failed_downstream = 0;  ///< of those that failed, on which side
  std::uint64_t failed_upstream = 0;
  std::uint64_t failed_mailtap = 0;
  Durations downstream_handshake;
  Durations upstream_handshake;

  void operator+=(const Counts& other) {
    connections += other.connections;
    untrusted += other.untrusted;
    mismatched += other.mismatched;
    failed += other.failed;
    bytes += other.bytes;
    refused += other.refused;
    failed_downstream += other.failed_downstream;
    failed_upstream += other.failed_upstream;
    failed_mailtap += other.failed_mailtap;
    downstream_handshake += other.downstream_handshake;
    upstream_handshake += other.upstream_handshake;
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

  /// The last of them up to `now`, oldest first: at most `max` of those that the ring has, with `step` of
  /// them taken together each. The newest begins at a multiple of `step`.
  std::vector<Counts> until(std::chrono::sys_seconds now, std::size_t max = SIZE_MAX, std::int64_t step = 1) {
    advance(slot_of(now));
    const auto size = static_cast<std::int64_t>(ring_.size());
    const auto buckets =
        std::min<std::int64_t>(size / step, static_cast<std::int64_t>(std::min(max, ring_.size())));
    std::vector<Counts> all(static_cast<std::size_t>(buckets));
    const auto first = newest_ / step - buckets + 1;
    for (auto slot = std::max(first * step, newest_ - size + 1); slot <= newest_; ++slot)
      all[static_cast<std::size_t>(slot / step - first)] += bucket(slot);
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
