// One record encrypted or decrypted at once: AES-GCM and ChaCha20-Poly1305 with nonces of 12 bytes.
//
// A key is passed with each record, as a connection keeps no more of it than its bytes: what it expands to is
// kept per thread for the last key of each direction.
#pragma once

#include <cstdint>

#include "config/base/bytes.h"

namespace mailtap::crypto {

enum class Aead : std::uint8_t { aes_gcm, chacha20_poly1305 };

struct Record {
  Bytes key;         ///< AES: 16, 24 or 32 bytes; ChaCha20: 32
  Bytes nonce;       ///< 12 bytes
  Bytes additional;  ///< authenticated, not encrypted
  Bytes in;
  std::uint8_t* out;  ///< of in's size; may be in's memory
};

/// Encrypts, and writes a tag of 4 to 16 bytes (ChaCha20-Poly1305: 16). False: an argument doesn't fit.
bool seal(Aead aead, const Record& record, MutableBytes tag);
/// Decrypts. False: the tag is another, or an argument doesn't fit; `out` is then zeros.
bool open(Aead aead, const Record& record, Bytes tag);

/// Nothing of this key stays with this thread.
void forget_key(Aead aead, Bytes key);

}  // namespace mailtap::crypto
