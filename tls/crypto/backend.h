// What computes below mbedTLS, for the whole process: chosen once, before the first session.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/base/result.h"

namespace mailtap::crypto {

enum class Backend : unsigned char {
  portable,     ///< mbedTLS's own code
  libcrypto,    ///< OpenSSL's, one operation after the other
  multibuffer,  ///< eight handshakes' operations in one call where there are as many, else as libcrypto
};
std::string_view to_string(Backend backend);

/// The best that this build and this CPU have.
Backend best_backend();

/// Why `backend` can't be used here ("this CPU has no AVX-512 IFMA"); empty: it can.
std::string why_not(Backend backend);

/// What is used from now on; the best one unless set. Not while other threads compute.
Backend backend();
Result<void> set_backend(Backend backend);

/// For a person: "multibuffer (crypto_mb 1.0.11, OpenSSL 3.0.19), ML-KEM: libcrux (OpenSSH)".
std::string describe_backend();

}  // namespace mailtap::crypto
