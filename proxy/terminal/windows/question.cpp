#include "proxy/terminal/question.h"

#include <array>

#include "config/base/windows/wide.h"

namespace mailtap::terminal {

/// The console of this process, whatever its standard input is.
struct SilentTerminal::Inside {
  HANDLE input = INVALID_HANDLE_VALUE;
  HANDLE output = INVALID_HANDLE_VALUE;
  DWORD before = 0;
  bool usable = false;
};

SilentTerminal::SilentTerminal() : inside_(std::make_unique<Inside>()) {
  const auto open = [](const wchar_t* name) {
    return ::CreateFileW(name, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr,
                         OPEN_EXISTING, 0, nullptr);
  };
  inside_->input = open(L"CONIN$");
  inside_->output = open(L"CONOUT$");
  if (inside_->output == INVALID_HANDLE_VALUE || ::GetConsoleMode(inside_->input, &inside_->before) == 0)
    return;
  inside_->usable =
      ::SetConsoleMode(inside_->input, inside_->before & ~static_cast<DWORD>(ENABLE_ECHO_INPUT)) != 0;
}

SilentTerminal::~SilentTerminal() {
  if (inside_->usable) ::SetConsoleMode(inside_->input, inside_->before);
  for (auto* const handle : {inside_->input, inside_->output})
    if (handle != INVALID_HANDLE_VALUE) ::CloseHandle(handle);
}

bool SilentTerminal::usable() const {
  return inside_->usable;
}

std::string SilentTerminal::ask(const std::string& prompt) {
  const auto write = [&](const std::wstring& text) {
    DWORD written = 0;
    ::WriteConsoleW(inside_->output, text.data(), static_cast<DWORD>(text.size()), &written, nullptr);
  };
  write(to_wide(prompt));
  std::wstring line;
  std::array<wchar_t, 256> part{};
  for (DWORD size = 0;
       ::ReadConsoleW(inside_->input, part.data(), static_cast<DWORD>(part.size()), &size, nullptr) != 0 &&
       size > 0;) {
    line.append(part.data(), size);
    if (line.back() == L'\n') break;
  }
  SecureZeroMemory(part.data(), sizeof part);
  write(L"\n");
  return to_utf8(line.substr(0, line.find_first_of(L"\r\n")));
}

}  // namespace mailtap::terminal
