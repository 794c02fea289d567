#include "config/base/random.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <string.h>

#include "config/base/entropy.h"

namespace mailtap {

namespace {

struct Block {
  std::array<std::uint8_t, 4096> bytes;
  std::size_t used = sizeof(bytes);
};

}  // namespace

bool random_bytes(MutableBytes out) {
  // One block a thread: no lock. A child process after fork() would repeat it; mailtap never forks.
  thread_local Block block;
  while (!out.empty()) {
    if (block.used == block.bytes.size()) {
      if (!system_entropy(block.bytes)) return false;
      block.used = 0;
    }
    const auto size = std::min(out.size(), block.bytes.size() - block.used);
    std::memcpy(out.data(), block.bytes.data() + block.used, size);
    ::explicit_bzero(block.bytes.data() + block.used, size);
    block.used += size;
    out = out.subspan(size);
  }
  return true;
}

int random_for_mbedtls(void* /*unused*/, unsigned char* out, std::size_t size) {
  constexpr int entropy_source_failed = -0x003C;  // MBEDTLS_ERR_ENTROPY_SOURCE_FAILED
  return random_bytes({out, size}) ? 0 : entropy_source_failed;
}

}  // namespace mailtap
