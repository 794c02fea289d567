// Text files from Windows that aren't UTF-8.
#pragma once

#include <string_view>

namespace mailtap {

/// Text of 16-bit units, as Notepad's "Unicode" saves it: by its byte order mark, or by its first letter.
inline bool is_utf16(std::string_view text) {
  using namespace std::string_view_literals;
  if (text.starts_with("\xFF\xFE"sv) || text.starts_with("\xFE\xFF"sv)) return true;
  return text.size() >= 2 && (text[0] == '\0') != (text[1] == '\0');
}

}  // namespace mailtap
