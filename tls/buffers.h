// The two ends of a session's ciphertext.
#pragma once

#include <algorithm>
#include <cstring>

#include "config/base/bytes.h"

namespace mailtap::tls {

/// Bytes from the peer. What is lent is read where it lies; only the rest of it is copied, when the loan
/// ends.
class Inbox {
 public:
  void lend(Bytes bytes) {
    if (!lent_.empty()) end_loan();
    lent_ = bytes;
  }

  void end_loan() {
    if (lent_.empty()) return;
    kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(start_));
    start_ = 0;
    kept_.insert(kept_.end(), lent_.begin(), lent_.end());
    lent_ = {};
  }

  std::size_t size() const { return kept_.size() - start_ + lent_.size(); }

  std::size_t read(MutableBytes out) {
    std::size_t size = std::min(out.size(), kept_.size() - start_);
    if (size > 0) {
      std::memcpy(out.data(), kept_.data() + start_, size);
      start_ += size;
      if (start_ == kept_.size()) {
        release(kept_);
        start_ = 0;
      }
      return size;
    }
    size = std::min(out.size(), lent_.size());
    if (size > 0) std::memcpy(out.data(), lent_.data(), size);
    lent_ = lent_.subspan(size);
    return size;
  }

 private:
  Buffer kept_;
  std::size_t start_ = 0;
  Bytes lent_;  ///< comes after what is kept
};

/// Bytes to the peer. Holds no memory while empty: most connections are idle most of the time.
class Outbox {
 public:
  /// Room for `size` more bytes in one allocation.
  void expect(std::size_t size) {
    compact();
    // By doubling: many records go into one write.
    if (bytes_.size() + size > bytes_.capacity())
      bytes_.reserve(std::max(bytes_.size() + size, 2 * bytes_.capacity()));
  }
  void append(Bytes bytes) {
    // Moves what is left only when that is the smaller part.
    if (start_ > bytes_.size() / 2) compact();
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    appended_ += bytes.size();
  }
  Bytes view() const { return Bytes(bytes_).subspan(start_); }
  void consume(std::size_t size) {
    start_ += std::min(size, bytes_.size() - start_);
    if (start_ < bytes_.size()) return;
    release(bytes_);
    start_ = 0;
  }
  std::uint64_t appended() const { return appended_; }  ///< bytes in all

 private:
  void compact() {
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(start_));
    start_ = 0;
  }

  Buffer bytes_;
  std::size_t start_ = 0;
  std::uint64_t appended_ = 0;
};

}  // namespace mailtap::tls
