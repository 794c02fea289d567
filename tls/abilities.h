// What mailtap's own hello to a server offers, in its order.
#pragma once

#include <cstdint>
#include <vector>

namespace mailtap::tls {

struct Abilities {
  std::vector<std::uint16_t> cipher_suites;
  std::vector<std::uint16_t> groups;
  /// Of TLS 1.3; offered, before the others, only where somebody wants them
  /// (ClientParameters::hybrid_groups).
  std::vector<std::uint16_t> hybrid_groups;
  std::vector<std::uint16_t> signature_algorithms;
};

}  // namespace mailtap::tls
