#include "config/base/process.h"

#include <algorithm>
#include <cstring>
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

void name_thread(const char* name) {
  ::pthread_setname_np(::pthread_self(), name);
}

void lower_thread_priority() {
  ::SetThreadPriority(::GetCurrentThread(), THREAD_PRIORITY_BELOW_NORMAL);
}

}  // namespace mailtap
