#include "tls/record_buffers.h"

#include <algorithm>

#include <mbedtls/platform_util.h>

#include "tls/mbedtls_memory.h"

namespace mailtap::tls {
inline namespace MAILTAP_TLS_ENGINE {

bool RecordBuffers::provide() {
  if (!has_in_) {
    auto* const buffer = mailtap_take_record_buffer();
    if (buffer == nullptr) return false;
    mailtap_give_in_buffer(&ssl_, buffer, &in_);
    has_in_ = true;
  }
  if (!has_out_) {
    auto* const buffer = mailtap_take_record_buffer();
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
      mailtap_put_record_buffer(buffer);
    }
  }
  if (has_in_) {
    if (auto* const buffer = mailtap_take_in_buffer(&ssl_, &in_)) {
      has_in_ = false;
      // A record's plaintext lies where its ciphertext lay, after counter and header.
      constexpr std::size_t before = 64;
      mbedtls_platform_zeroize(buffer, std::min(mailtap_record_buffer_size, received + before));
      mailtap_put_record_buffer(buffer);
    }
  }
}

}  // namespace MAILTAP_TLS_ENGINE
}  // namespace mailtap::tls
