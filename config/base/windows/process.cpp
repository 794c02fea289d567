#include "config/base/process.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <cwchar>
#include <string_view>

#include <pthread.h>

#include "config/base/windows/system.h"
#include "config/base/windows/wide.h"

// --- posix_names.h ----------------------------------------------------------------------------------------

void explicit_bzero(void* memory, size_t size) {
  SecureZeroMemory(memory, size);
}

void* memmem(const void* text, size_t text_size, const void* wanted, size_t wanted_size) {
  const std::string_view whole(static_cast<const char*>(text), text_size);
  const auto at = whole.find(std::string_view(static_cast<const char*>(wanted), wanted_size));
  return at == std::string_view::npos ? nullptr : const_cast<char*>(whole.data() + at);
}

int inet_aton(const char* text, in_addr* address) {
  address->s_addr = ::inet_addr(text);
  return address->s_addr != INADDR_NONE || std::strcmp(text, "255.255.255.255") == 0 ? 1 : 0;
}

// --- the compiler's run-time library ----------------------------------------------------------------------

/// GCC's own runs a thread's destructors when the memory of its thread_local objects may be gone already
/// (emulated TLS), which ended in a crash as each thread ended. So they aren't run: what a thread has is the
/// process's until its end.
extern "C" int __cxa_thread_atexit(void (*)(void*), void*, void*) {
  return 0;
}

/// libstdc++ makes the wide path of a std::string by this, in the locale "C", where each byte would be a
/// letter. Ours are UTF-8 (and what it makes of a path is, without asking). The linker puts this in mbrtowc's
/// place. A letter beyond 16 bits is two units: the first for three of its four bytes, the second for the
/// last, in `state` until then.
extern "C" size_t __wrap_mbrtowc(wchar_t* unit, const char* text, size_t size, mbstate_t* state) {
  constexpr auto wrong = static_cast<size_t>(-1), incomplete = static_cast<size_t>(-2);
  static_assert(sizeof(wchar_t) == 2 && sizeof(mbstate_t) >= 2);
  if (text == nullptr) return 0;
  if (size == 0) return incomplete;
  wchar_t later = 0;
  std::memcpy(&later, state, sizeof later);
  if (later != 0) {
    *unit = later;
    std::memset(state, 0, sizeof *state);
    return 1;
  }
  const auto first = static_cast<unsigned char>(*text);
  if (first < 0x80) {
    *unit = first;
    return first == 0 ? 0 : 1;
  }
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (size < length) return incomplete;
  std::array<wchar_t, 2> units{};
  const int count = ::MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, static_cast<int>(length),
                                          units.data(), static_cast<int>(units.size()));
  if (count != (length == 4 ? 2 : 1)) return wrong;
  *unit = units[0];
  if (count == 1) return length;
  std::memcpy(state, &units[1], sizeof units[1]);
  return length - 1;
}

// --- process.h --------------------------------------------------------------------------------------------

namespace mailtap {

void prepare_process() {
  ::SetConsoleOutputCP(CP_UTF8);
  ::SetConsoleCP(CP_UTF8);
  for (const int descriptor : {0, 1, 2}) ::_setmode(descriptor, _O_BINARY);
  // Colours by escape sequences, which a console of Windows 10 and later understands when it is asked to.
  for (const auto which : {STD_OUTPUT_HANDLE, STD_ERROR_HANDLE}) {
    DWORD mode = 0;
    const auto console = ::GetStdHandle(which);
    if (::GetConsoleMode(console, &mode) != 0)
      ::SetConsoleMode(console, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
  }
}

std::vector<std::string> program_arguments(int argc, char** argv) {
  int count = 0;
  auto** const wide = ::CommandLineToArgvW(::GetCommandLineW(), &count);
  if (wide == nullptr) return {argv, argv + argc};
  std::vector<std::string> arguments;
  for (int i = 0; i < count; ++i) arguments.push_back(to_utf8(wide[i]));
  ::LocalFree(wide);
  return arguments;
}

void ignore_broken_pipes() {}  // Windows has no such signal

unsigned available_processors() {
  DWORD_PTR own = 0, all = 0;
  if (::GetProcessAffinityMask(::GetCurrentProcess(), &own, &all) == 0) return 1;
  return static_cast<unsigned>(std::max(__builtin_popcountll(own), 1));
}

std::optional<unsigned> idle_processors() {
  return std::nullopt;
}

std::chrono::nanoseconds thread_processor_time() {
  FILETIME began, ended, kernel, user;
  if (::GetThreadTimes(::GetCurrentThread(), &began, &ended, &kernel, &user) == 0) return {};
  const auto units = [](const FILETIME& time) {
    return std::int64_t{time.dwHighDateTime} << 32 | std::int64_t{time.dwLowDateTime};
  };
  return std::chrono::nanoseconds(100 * (units(kernel) + units(user)));
}

void name_thread(const char* name) {
  ::pthread_setname_np(::pthread_self(), name);
}

void lower_thread_priority() {
  ::SetThreadPriority(::GetCurrentThread(), THREAD_PRIORITY_BELOW_NORMAL);
}

}  // namespace mailtap
