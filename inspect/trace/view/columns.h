// Text in columns of a terminal.
#pragma once

#include <string>

namespace mailtap::trace {

/// With spaces behind it so that it takes `columns`, if it takes fewer. UTF-8; each character counts as one
/// column, which holds for what is written in English and Vietnamese.
inline std::string padded(std::string text, std::size_t columns) {
  std::size_t taken = 0;
  for (const char c : text) taken += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  if (taken < columns) text.append(columns - taken, ' ');
  return text;
}

}  // namespace mailtap::trace
