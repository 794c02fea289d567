// mbedTLS's numbers as byte strings and back. For the hooks.
#pragma once

#include <mbedtls/bignum.h>
#include <string.h>

#include "config/base/bytes.h"

namespace mailtap::crypto {

/// Bytes on the stack that are erased when they go: a scalar, a secret, a point.
template <std::size_t Size>
class Erased {
 public:
  Erased() = default;
  ~Erased() { ::explicit_bzero(bytes_, sizeof(bytes_)); }
  Erased(const Erased&) = delete;
  Erased& operator=(const Erased&) = delete;

  MutableBytes first(std::size_t size) { return MutableBytes(bytes_).first(size); }

 private:
  std::uint8_t bytes_[Size];
};

/// False: the number is negative or doesn't fit.
inline bool write_be(const mbedtls_mpi& number, MutableBytes out) {
  return mbedtls_mpi_cmp_int(&number, 0) >= 0 &&
         mbedtls_mpi_write_binary(&number, out.data(), out.size()) == 0;
}
inline bool write_le(const mbedtls_mpi& number, MutableBytes out) {
  return mbedtls_mpi_cmp_int(&number, 0) >= 0 &&
         mbedtls_mpi_write_binary_le(&number, out.data(), out.size()) == 0;
}
/// As mbedTLS: 0, or an error (of memory).
inline int read_be(mbedtls_mpi& number, Bytes in) {
  return mbedtls_mpi_read_binary(&number, in.data(), in.size());
}
inline int read_le(mbedtls_mpi& number, Bytes in) {
  return mbedtls_mpi_read_binary_le(&number, in.data(), in.size());
}

}  // namespace mailtap::crypto
