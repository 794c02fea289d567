#include "tls/engine/record_buffers.h"

#include <algorithm>

#include <mbedtls/platform_util.h>

#include "tls/crypto/shortcuts.h"
#include "tls/mbedtls/memory.h"

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

/// A record's plaintext lies where its ciphertext lay, after counter and header.
void RecordBuffers::put_in_buffer(unsigned char* buffer) {
  constexpr std::size_t before = 64;
  mbedtls_platform_zeroize(buffer, std::min(mailtap_record_buffer_size, unwiped_ + before));
  unwiped_ = 0;
  mailtap_put_record_buffer(buffer);
}

void RecordBuffers::take_back() {
  mailtap_park_handshake(&ssl_);
  if (!mailtap_takes_shortcut(MAILTAP_SHORTCUT_RECORD_BUFFERS)) return;
  if (has_out_) {
    if (auto* const buffer = mailtap_take_out_buffer(&ssl_, &out_)) {
      has_out_ = false;
      mailtap_put_record_buffer(buffer);
    }
  }
  if (has_in_) {
    if (auto* const buffer = mailtap_take_in_buffer(&ssl_, &in_)) {
      has_in_ = false;
      put_in_buffer(buffer);
    }
  }
}

void RecordBuffers::drop() {
  if (auto* const buffer = mailtap_drop_in_buffer(&ssl_)) put_in_buffer(buffer);
  if (auto* const buffer = mailtap_drop_out_buffer(&ssl_)) {
    // Where writing was broken off it may hold plaintext.
    mbedtls_platform_zeroize(buffer, mailtap_record_buffer_size);
    mailtap_put_record_buffer(buffer);
  }
}

}  // namespace MAILTAP_TLS_ENGINE
}  // namespace mailtap::tls
