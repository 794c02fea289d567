#include "proxy/runtime/successor.h"

#include <cctype>
#include <string_view>

namespace mailtap::proxy {

std::uint64_t first_id_after(std::uint64_t next) {
  constexpr std::uint64_t million = 1'000'000;
  return ((next + million / 2) / million + 1) * million;
}

std::string socket_name(const std::string& id) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string name;
  for (const char c : id) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '.' || c == '-' || c == '_') {
      name += c;
    } else {
      name += '%';
      name += digits[byte >> 4];
      name += digits[byte & 15];
    }
  }
  return name;
}

}  // namespace mailtap::proxy
