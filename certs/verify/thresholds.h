// Where weak begins, in one place. After CA/B baseline requirements section 6.1.5 and NIST SP 800-57.
#pragma once

namespace mailtap::certs {

inline constexpr unsigned min_rsa_bits = 2048;
inline constexpr unsigned min_ec_bits = 224;
inline constexpr unsigned min_dsa_bits = 2048;

/// Up to here others (OpenSSL) verify with any exponent.
inline constexpr unsigned small_rsa_bits = 3072;

/// An end nearer than this is worth a warning though all is well; certs/verify/dates.h scales it to short
/// lives.
inline constexpr long warn_days = 30;

}  // namespace mailtap::certs
