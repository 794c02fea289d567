// Run by valgrind's memcheck, which is told that private keys are memory without a value: it complains of
// each branch and each address that depends on one. Ends with 0 otherwise, and without it.
#include <array>
#include <cstdint>
#include <cstdio>

#include <valgrind/memcheck.h>

#include "tls/crypto/x25519.h"

namespace {

using mailtap::crypto::X25519Numbers;

bool agrees(X25519Numbers numbers) {
  using Key = std::array<std::uint8_t, 32>;
  Key scalar;
  scalar.fill(0x5a);
  VALGRIND_MAKE_MEM_UNDEFINED(scalar.data(), scalar.size());
  Key public_key{};
  const bool made = mailtap::crypto::x25519_public_key(scalar, public_key, numbers);
  VALGRIND_MAKE_MEM_DEFINED(public_key.data(), public_key.size());
  Key secret{};
  bool agreed = mailtap::crypto::x25519_shared_secret(scalar, public_key, secret, numbers);
  VALGRIND_MAKE_MEM_DEFINED(&agreed, sizeof agreed);  // that there is none is no secret
  if (!made || !agreed) std::puts("no key, or no secret");
  return made && agreed;
}

}  // namespace

int main() {
  bool all = agrees(X25519Numbers::portable);
#ifdef __x86_64__  // valgrind's CPU says that it has no ADX, but knows its instructions
  if (RUNNING_ON_VALGRIND || mailtap::crypto::x25519_has(X25519Numbers::adx))
    all = agrees(X25519Numbers::adx) && all;
#endif
  return all ? 0 : 1;
}
