#include "tls/mbedtls/memory.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "tls/mbedtls/record_buffers.h"

namespace {

/// Buffers that no session has. One pool a thread: no lock.
class Pool {
 public:
  Pool() { idle_.reserve(max_idle); }
  ~Pool() {
    for (auto* const buffer : idle_) std::free(buffer);
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  unsigned char* take() {
    if (idle_.empty()) return static_cast<unsigned char*>(std::malloc(mailtap_record_buffer_size));
    auto* const buffer = idle_.back();
    idle_.pop_back();
    return buffer;
  }
  void give(unsigned char* buffer) {
    if (idle_.size() < max_idle)
      idle_.push_back(buffer);
    else
      std::free(buffer);
  }

 private:
  static constexpr std::size_t max_idle = 64;
  std::vector<unsigned char*> idle_;
};

Pool& pool() {
  thread_local Pool buffers;
  return buffers;
}

}  // namespace

extern "C" {

/// Where a record buffer has the counter and the header that mbedTLS expects to be zero at first.
constexpr std::size_t before_the_record = 64;

unsigned char* mailtap_take_record_buffer() {
  return pool().take();
}

void mailtap_put_record_buffer(unsigned char* buffer) {
  pool().give(buffer);
}

void* mailtap_calloc(size_t count, size_t size) {
  if (size != 0 && count > SIZE_MAX / size) return nullptr;
  const auto bytes = std::max<std::size_t>(count * size, 1);
  const bool for_records = bytes == mailtap_record_buffer_size;
  void* const memory = for_records ? pool().take() : std::malloc(bytes);
  if (memory != nullptr) std::memset(memory, 0, for_records ? before_the_record : bytes);
  return memory;
}

}  // extern "C"
