// Run by valgrind's memcheck, which is told that private keys are memory without a value: it complains of
// each branch and each address that depends on one. Ends with 0 otherwise, and without it.
#include <array>
#include <cstdint>
#include <cstdio>

#include <valgrind/memcheck.h>

#include "tls/crypto/x25519.h"

int main() {
  using Key = std::array<std::uint8_t, 32>;
  Key scalar;
  scalar.fill(0x5a);
  VALGRIND_MAKE_MEM_UNDEFINED(scalar.data(), scalar.size());
  Key public_key{};
  const bool made = mailtap::crypto::x25519_public_key(scalar, public_key);
  VALGRIND_MAKE_MEM_DEFINED(public_key.data(), public_key.size());
  Key secret{};
  bool agreed = mailtap::crypto::x25519_shared_secret(scalar, public_key, secret);
  VALGRIND_MAKE_MEM_DEFINED(&agreed, sizeof agreed);  // that there is none is no secret
  if (made && agreed) return 0;
  std::puts("no key, or no secret");
  return 1;
}
