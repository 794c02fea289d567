// A session's record buffers, which it has only while records move: between two events of its connection it
// has none, and the next session of the thread works with the same memory.
#pragma once

#include "tls/mbedtls/engine.h"
#if MBEDTLS_VERSION_MAJOR >= 3
#include "tls/mbedtls/parked_handshake.h"
#include "tls/mbedtls/record_buffers.h"
#endif

namespace mailtap::tls {
inline namespace MAILTAP_TLS_ENGINE {

#if MBEDTLS_VERSION_MAJOR >= 3

class RecordBuffers {
 public:
  /// `ssl` is set up, and outlives this.
  explicit RecordBuffers(mbedtls_ssl_context& ssl) : ssl_(ssl) {}

  /// Before mbedTLS reads or writes records. False: memory is short.
  bool provide();
  /// So many bytes have come since the last time: what is wiped of the buffer that they are in.
  void received(std::size_t size) { unwiped_ += size; }
  /// Takes what holds no record, and parks what the handshake has left behind.
  void take_back();
  /// Takes all, before `ssl` is freed.
  void drop();
  /// After the handshake: what mbedTLS has no more use for.
  void forget_peer_certificate() { mailtap_forget_peer_certificate(&ssl_); }

 private:
  void put_in_buffer(unsigned char* buffer);

  mbedtls_ssl_context& ssl_;
  mailtap_in_buffer_state in_{};
  mailtap_out_buffer_state out_{};
  std::size_t unwiped_ = 0;
  bool has_in_ = true;
  bool has_out_ = true;
};

#else

/// The old engine's connections are few: they keep what they have.
class RecordBuffers {
 public:
  explicit RecordBuffers(mbedtls_ssl_context& /*ssl*/) {}
  bool provide() { return true; }
  void received(std::size_t /*size*/) {}
  void take_back() {}
  void drop() {}
  void forget_peer_certificate() {}
};

#endif

}  // namespace MAILTAP_TLS_ENGINE
}  // namespace mailtap::tls
