// How many of many like inputs a test tries.
#pragma once

#include <cstddef>

namespace mailtap::tests {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MAILTAP_IS_SANITIZED 1
#endif
#endif

/// 1, or `n` under sanitizers, where all takes several times as long: they look for what any of the inputs
/// shows, and the release's run, by which the claim stands, tries each.
constexpr std::size_t one_in([[maybe_unused]] std::size_t n) {
#ifdef MAILTAP_IS_SANITIZED
  return n;
#else
  return 1;
#endif
}

}  // namespace mailtap::tests
