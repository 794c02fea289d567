#include "tls/record_buffers.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include <mbedtls/platform_util.h>

namespace mailtap::tls {
inline namespace MAILTAP_TLS_ENGINE {

namespace {

/// Buffers that no session has. One pool a thread: no lock.
class Pool {
 public:
  Pool() { idle_.reserve(most_idle); }
  ~Pool() {
    for (auto* const buffer : idle_) std::free(buffer);
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  unsigned char* take() {
    if (idle_.empty()) return static_cast<unsigned char*>(std::calloc(1, mailtap_record_buffer_size));
    auto* const buffer = idle_.back();
    idle_.pop_back();
    return buffer;
  }
  void give(unsigned char* buffer) {
    if (idle_.size() < most_idle)
      idle_.push_back(buffer);
    else
      std::free(buffer);
  }

 private:
  static constexpr std::size_t most_idle = 16;
  std::vector<unsigned char*> idle_;
};

Pool& pool() {
  thread_local Pool buffers;
  return buffers;
}

}  // namespace

bool RecordBuffers::provide() {
  if (!has_in_) {
    auto* const buffer = pool().take();
    if (buffer == nullptr) return false;
    mailtap_give_in_buffer(&ssl_, buffer, &in_);
    has_in_ = true;
  }
  if (!has_out_) {
    auto* const buffer = pool().take();
    if (buffer == nullptr) return false;
    mailtap_give_out_buffer(&ssl_, buffer, &out_);
    has_out_ = true;
  }
  return true;
}

void RecordBuffers::take_back(std::size_t received) {
  if (has_out_) {
    if (auto* const buffer = mailtap_take_out_buffer(&ssl_, &out_)) {
      has_out_ = false;
      pool().give(buffer);
    }
  }
  if (has_in_) {
    if (auto* const buffer = mailtap_take_in_buffer(&ssl_, &in_)) {
      has_in_ = false;
      // A record's plaintext lies where its ciphertext lay, after counter and header.
      constexpr std::size_t before = 64;
      mbedtls_platform_zeroize(buffer, std::min(mailtap_record_buffer_size, received + before));
      pool().give(buffer);
    }
  }
}

}  // namespace MAILTAP_TLS_ENGINE
}  // namespace mailtap::tls
