#include "proxy/terminal/size.h"

#include <sys/ioctl.h>

namespace mailtap::terminal {

std::optional<Size> size_of(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return std::nullopt;
  return Size{size.ws_col, size.ws_row};
}

}  // namespace mailtap::terminal
