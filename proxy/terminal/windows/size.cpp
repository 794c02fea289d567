#include "proxy/terminal/size.h"

#include "config/base/windows/system.h"

namespace mailtap::terminal {

std::optional<Size> size_of(int descriptor) {
  CONSOLE_SCREEN_BUFFER_INFO info{};
  auto* const console = reinterpret_cast<HANDLE>(::_get_osfhandle(descriptor));
  if (::GetConsoleScreenBufferInfo(console, &info) == 0) return std::nullopt;
  const auto columns = info.srWindow.Right - info.srWindow.Left + 1;
  const auto rows = info.srWindow.Bottom - info.srWindow.Top + 1;
  if (columns <= 0 || rows < 0) return std::nullopt;
  return Size{static_cast<std::size_t>(columns), static_cast<std::size_t>(rows)};
}

}  // namespace mailtap::terminal
