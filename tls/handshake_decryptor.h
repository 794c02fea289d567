// Opens the encrypted handshake records of TLS 1.3 (RFC 8446 section 5.2) with the traffic secret that the
// endpoint itself has, so that a trace can name the messages in them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "config/base/bytes.h"

namespace mailtap::tls {

/// One direction's handshake keys. Forgets them when destroyed.
class HandshakeDecryptor {
 public:
  /// `secret`: client_ or server_handshake_traffic_secret. Nothing for a suite other than those with AES-GCM
  /// and ChaCha20-Poly1305.
  static std::optional<HandshakeDecryptor> make(std::uint16_t cipher_suite, Bytes secret);
  ~HandshakeDecryptor();
  HandshakeDecryptor(const HandshakeDecryptor&) = default;
  HandshakeDecryptor& operator=(const HandshakeDecryptor&) = default;

  struct Inner {
    std::uint8_t type = 0;  ///< the true ContentType
    Buffer fragment;
  };
  /// The next record's fragment. Nothing if it isn't under these keys: the sequence number then stays.
  std::optional<Inner> open(Bytes fragment);

 private:
  HandshakeDecryptor() = default;

  bool chacha_ = false;
  bool ccm_ = false;
  std::size_t key_size_ = 0;
  std::array<std::uint8_t, 32> key_{};
  std::array<std::uint8_t, 12> iv_{};
  std::uint64_t sequence_ = 0;
};

}  // namespace mailtap::tls
