// Which of mbedTLS's groups is done by whom. For the hooks.
#pragma once

#include <optional>

#include <mbedtls/ecp.h>

#include "tls/crypto/job.h"
#include "tls/crypto/libcrypto.h"

namespace mailtap::crypto {

/// Bytes of the largest point (P-521), and of the largest scalar.
inline constexpr std::size_t max_scalar = 66;
inline constexpr std::size_t max_point = 2 * max_scalar;

/// A curve in short Weierstrass form, by a backend other than `portable`.
struct Weierstrass {
  libcrypto::Curve curve;
  libcrypto::Widths widths;

  /// A pair that was made before (tls/crypto/spare_keys.h), if there is one.
  bool spare_key(MutableBytes scalar, MutableBytes xy) const;
  bool public_key(Bytes scalar, MutableBytes xy) const;
  bool shared_secret(Bytes scalar, Bytes peer_xy, MutableBytes x) const;
  bool sign(Bytes scalar, Bytes hash, MutableBytes r_and_s) const;
  bool verify(Bytes xy, Bytes hash, Bytes r_and_s) const;
};

/// X25519 or X448.
struct Montgomery {
  std::size_t size;

  bool spare_key(MutableBytes scalar, MutableBytes u) const;
  bool public_key(Bytes scalar, MutableBytes u) const;
  bool shared_secret(Bytes scalar, Bytes peer_u, MutableBytes u) const;
};

/// Nothing: mbedTLS's own code does it, as the backend is `portable` or OpenSSL was built without the curve.
std::optional<Weierstrass> weierstrass(mbedtls_ecp_group_id group);
std::optional<Montgomery> montgomery(mbedtls_ecp_group_id group);

}  // namespace mailtap::crypto
