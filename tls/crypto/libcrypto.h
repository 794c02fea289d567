// Public-key operations by OpenSSL's libcrypto, one at a time. Byte strings are as in tls/crypto/job.h; each
// function validates what it is given and answers false where it is not valid or doesn't verify.
#pragma once

#include <cstdint>

#include "config/base/bytes.h"
#include "tls/crypto/job.h"

namespace mailtap::crypto::libcrypto {

/// Curves in short Weierstrass form.
enum class Curve : std::uint8_t {
  p192,
  p224,
  p256,
  p384,
  p521,
  brainpool256,
  brainpool384,
  brainpool512,
  k192,
  k224,
  k256,
};
inline constexpr std::size_t curves = 11;

/// Some distributions build OpenSSL without the rarer ones.
bool has(Curve curve);
/// Bytes of a coordinate, and of a scalar, r and s.
struct Widths {
  std::size_t coordinate;
  std::size_t scalar;
};
Widths widths(Curve curve);

bool ec_public_key(Curve curve, Bytes scalar, MutableBytes xy);
bool ec_shared_secret(Curve curve, Bytes scalar, Bytes peer_xy, MutableBytes x);
bool ec_sign(Curve curve, Bytes scalar, Bytes hash, MutableBytes r_and_s);
bool ec_verify(Curve curve, Bytes xy, Bytes hash, Bytes r_and_s);
/// x and y are a point of the curve.
bool ec_on_curve(Curve curve, Bytes xy);
/// 1 to the order - 1.
bool ec_scalar_in_range(Curve curve, Bytes scalar);

/// RFC 7748's functions: 32 bytes X25519, 56 bytes X448.
bool montgomery_public_key(Bytes scalar, MutableBytes u);
bool montgomery_shared_secret(Bytes scalar, Bytes peer_u, MutableBytes u);

/// OpenSSL refuses a modulus above 16384 bits, and an exponent above 64 bits with one above 3072.
bool takes(const RsaKey& key);
bool rsa_private(const RsaKey& key, Bytes in, MutableBytes out);
bool rsa_public(const RsaKey& key, Bytes in, MutableBytes out);

/// What precedes and follows the two powers of RSA's private operation (RFC 8017 section 5.1.2, step 2b),
/// for who computes these otherwise: `in` modulo p and q, each in half the modulus's size, ...
bool rsa_reduce(const RsaKey& key, Bytes in, MutableBytes mod_p, MutableBytes mod_q);
/// ... and of mod_p^dp modulo p and mod_q^dq modulo q what `in` to the power of d is, not checked.
bool rsa_recombine(const RsaKey& key, Bytes mod_p, Bytes mod_q, MutableBytes out);

}  // namespace mailtap::crypto::libcrypto
