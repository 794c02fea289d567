// What a certificate's key may do: extensions that are read and written alike.
#pragma once

#include <cstdint>
#include <optional>

namespace mailtap::certs {

/// Bits of KeyUsage (RFC 5280 section 4.2.1.3), bit 0 first.
enum KeyUsage : std::uint32_t {
  digital_signature = 1U << 0,
  non_repudiation = 1U << 1,
  key_encipherment = 1U << 2,
  data_encipherment = 1U << 3,
  key_agreement = 1U << 4,
  key_cert_sign = 1U << 5,
  crl_sign = 1U << 6,
};

struct BasicConstraints {
  bool ca = false;
  std::optional<int> path_length;
};

}  // namespace mailtap::certs
