// Bytes written as hexadecimal digits, white space between them as one likes.
#pragma once

#include <string>
#include <string_view>

#include "config/base/bytes.h"

namespace mailtap::tests {

inline Buffer from_hex(std::string_view text) {
  const auto value = [](char digit) { return digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10; };
  std::string digits;
  for (const char c : text)
    if (c > ' ') digits += c;
  Buffer bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes.push_back(static_cast<std::uint8_t>(value(digits[i]) * 16 + value(digits[i + 1])));
  return bytes;
}

}  // namespace mailtap::tests
