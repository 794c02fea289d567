// What goes into crypto_mb's calls and comes out of them. For multibuffer*.cpp.
#pragma once

#include <array>
#include <cstring>
#include <span>

#include <crypto_mb/defs.h>
#include <crypto_mb/status.h>
#include <string.h>

#include "tls/crypto/job.h"

namespace mailtap::crypto::multibuffer {

/// What crypto_mb calls a number: 64-bit words, the least significant first.
using Word = int64u;

using Jobs = std::span<Job* const>;

/// `Size` elements for each of the eight lanes, and the pointers to them that crypto_mb takes. Erased when it
/// goes.
template <class T, std::size_t Size>
class Lanes {
 public:
  Lanes() {
    for (std::size_t lane = 0; lane < batch_size; ++lane) pointers_[lane] = storage_[lane].data();
  }
  ~Lanes() { ::explicit_bzero(storage_.data(), sizeof(storage_)); }
  Lanes(const Lanes&) = delete;
  Lanes& operator=(const Lanes&) = delete;

  std::array<T, Size>& operator[](std::size_t lane) { return storage_[lane]; }
  T** pointers() { return pointers_.data(); }
  /// A lane without a job computes what the first one does, into memory of its own.
  void repeat_first(std::size_t used) {
    for (std::size_t lane = used; lane < batch_size; ++lane) storage_[lane] = storage_[0];
  }

 private:
  alignas(64) std::array<std::array<T, Size>, batch_size> storage_{};
  std::array<T*, batch_size> pointers_{};
};

template <std::size_t Size>
void read_number(Bytes bytes, std::array<Word, Size>& words) {
  words.fill(0);
  for (std::size_t i = 0; i < bytes.size() && i < Size * sizeof(Word); ++i)
    words[i / sizeof(Word)] |= Word{bytes[bytes.size() - 1 - i]} << (8 * (i % sizeof(Word)));
}

template <std::size_t Size>
void write_number(const std::array<Word, Size>& words, MutableBytes bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[bytes.size() - 1 - i] =
        static_cast<std::uint8_t>(words[i / sizeof(Word)] >> (8 * (i % sizeof(Word))));
}

inline JobStatus status_of(mbx_status status, std::size_t lane) {
  return MBX_GET_STS(status, static_cast<int>(lane)) == MBX_STATUS_OK ? JobStatus::done : JobStatus::failed;
}

}  // namespace mailtap::crypto::multibuffer
