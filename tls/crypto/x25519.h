// X25519 (RFC 7748 section 5), one at a time. OpenSSL's own takes nearly three times as long for a public
// key, which it computes in 32-bit numbers, and its interface a fifth more for a secret (docs/performance.md,
// Cryptography).
//
//   field    numbers modulo 2^255 - 19 as five of 51 bits
//   public   multiples of the base point of the Edwards curve, from a table, as in RFC 8032 section 5.1
//   secret   RFC 7748's ladder
//
// In the same time and by the same addresses whatever the key is (tests/tls/crypto/x25519_constant_time.cpp).
// Where the compiler has no 128-bit numbers it is OpenSSL's.
#pragma once

#include "config/base/bytes.h"

namespace mailtap::crypto {

/// `u`: the public key. All are of 32 bytes; false if not.
bool x25519_public_key(Bytes scalar, MutableBytes u);

/// False too if the secret is zero, as a point of low order gives it (RFC 7748 section 6.1).
bool x25519_shared_secret(Bytes scalar, Bytes peer_u, MutableBytes u);

}  // namespace mailtap::crypto
