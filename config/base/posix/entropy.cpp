#include "config/base/entropy.h"

#include <cerrno>

#include <sys/random.h>

namespace mailtap {

bool system_entropy(MutableBytes out) {
  while (!out.empty()) {
    const auto size = ::getrandom(out.data(), out.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return false;
    out = out.subspan(static_cast<std::size_t>(size));
  }
  return true;
}

}  // namespace mailtap
