// What the sanitizers have to be told when a stack is switched; nothing without them.
#pragma once

#include <cstddef>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MAILTAP_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define MAILTAP_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define MAILTAP_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__)
#define MAILTAP_TSAN 1
#endif

#ifdef MAILTAP_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef MAILTAP_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace mailtap::crypto::sanitizers {

#if defined(MAILTAP_ASAN) || defined(MAILTAP_TSAN)
/// Instrumented code needs several times the stack.
inline constexpr std::size_t stack_factor = 8;
#else
inline constexpr std::size_t stack_factor = 1;
#endif

/// Before a switch to the stack [bottom, bottom + size). `keep`: where the state of the stack that is left is
/// kept; null: it is left for good.
inline void before_switch([[maybe_unused]] void** keep, [[maybe_unused]] const void* bottom,
                          [[maybe_unused]] std::size_t size, [[maybe_unused]] void* state) {
#ifdef MAILTAP_ASAN
  __sanitizer_start_switch_fiber(keep, bottom, size);
#endif
#ifdef MAILTAP_TSAN
  __tsan_switch_to_fiber(state, 0);
#endif
}

/// After it, on the new stack. `kept`: what before_switch() kept of it; null when it is new. `from_bottom`
/// and `from_size` are told where the stack that was left lies.
inline void after_switch([[maybe_unused]] void* kept, [[maybe_unused]] const void** from_bottom,
                         [[maybe_unused]] std::size_t* from_size) {
#ifdef MAILTAP_ASAN
  __sanitizer_finish_switch_fiber(kept, from_bottom, from_size);
#endif
}

/// A stack that is left for good keeps no variables, but what marked them would be there for the next.
inline void forget_variables([[maybe_unused]] const void* bottom, [[maybe_unused]] std::size_t size) {
#ifdef MAILTAP_ASAN
  __asan_unpoison_memory_region(bottom, size);
#endif
}

inline void* make_state() {
#ifdef MAILTAP_TSAN
  return __tsan_create_fiber(0);
#else
  return nullptr;
#endif
}

inline void free_state([[maybe_unused]] void* state) {
#ifdef MAILTAP_TSAN
  if (state != nullptr) __tsan_destroy_fiber(state);
#endif
}

/// Of the stack that this runs on.
inline void* current_state() {
#ifdef MAILTAP_TSAN
  return __tsan_get_current_fiber();
#else
  return nullptr;
#endif
}

}  // namespace mailtap::crypto::sanitizers
