// What the sessions of both engines offer and accept, read from themselves.
#pragma once

#include <cstdint>
#include <vector>

namespace mailtap::tests {

struct PolicyTables {
  std::vector<std::uint16_t> cipher_suites;  ///< of TLS 1.2 and 1.3
  std::vector<std::uint16_t> groups;
  std::vector<std::uint16_t> signature_algorithms;
};

/// As tls/engine/policy.cpp configures either role, which have the same.
PolicyTables policy_tables();

/// The old engine's, which has one table for both roles.
std::vector<std::uint16_t> legacy_cipher_suites();

constexpr bool is_tls13_suite(std::uint16_t suite) {
  return suite >> 8 == 0x13;
}

}  // namespace mailtap::tests
