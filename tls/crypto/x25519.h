// X25519 (RFC 7748 section 5), one at a time. OpenSSL's own takes four times as long for a public key, which
// it computes in 32-bit numbers, and half as long again for a secret (docs/performance.md, Cryptography).
//
//   numbers  modulo 2^255 - 19: five limbs of 51 bits in C++ (x25519_number51.h), or on amd64 with BMI2 and
//   ADX
//            four words, in the CPU's own instructions (x25519_number64.h)
//   public   multiples of the base point of the Edwards curve, from a table, as in RFC 8032 section 5.1
//   secret   RFC 7748's ladder
//
// In the same time and by the same addresses whatever the key is (tests/tls/crypto/x25519_constant_time.cpp).
// Where the compiler has no 128-bit numbers it is OpenSSL's.
#pragma once

#include <cstdint>

#include "config/base/bytes.h"

namespace mailtap::crypto {

/// With what numbers are computed.
enum class X25519Numbers : std::uint8_t { portable, adx };
/// This CPU can.
bool x25519_has(X25519Numbers numbers);
X25519Numbers x25519_fastest();

/// `u`: the public key. All are of 32 bytes; false if not.
bool x25519_public_key(Bytes scalar, MutableBytes u, X25519Numbers numbers = x25519_fastest());

/// False too if the secret is zero, as a point of low order gives it (RFC 7748 section 6.1).
bool x25519_shared_secret(Bytes scalar, Bytes peer_u, MutableBytes u,
                          X25519Numbers numbers = x25519_fastest());

}  // namespace mailtap::crypto
