#include "config/base/entropy.h"

#include "config/base/windows/system.h"

namespace mailtap {

bool system_entropy(MutableBytes out) {
  return ::BCryptGenRandom(nullptr, out.data(), static_cast<ULONG>(out.size()),
                           BCRYPT_USE_SYSTEM_PREFERRED_RNG) == 0;
}

}  // namespace mailtap
