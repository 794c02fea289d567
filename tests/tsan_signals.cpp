// Part of mailtap in the ThreadSanitizer preset alone.
//
// ThreadSanitizer's runtime (GCC 12) makes a thread's record of pending signals when it first needs one: in
// the first blocking call, or in the handler of a signal. A signal that arrives while the first blocking call
// makes the record gets one of its own, which is then overwritten, and is lost. mailtap's main thread first
// blocks in its event loop, just when a test that has read "listening" sends SIGHUP: two of 811 were lost so
// on a busy machine. A blocking call before any handler is installed leaves no such moment.
#include <ctime>

namespace {

[[maybe_unused]] const int blocked_once = [] {
  const timespec no_time{};
  return ::nanosleep(&no_time, nullptr);
}();

}  // namespace
