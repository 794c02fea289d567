// Windows's text is UTF-16, ours UTF-8.
#pragma once

#include <string>
#include <string_view>

#include "config/base/windows/system.h"

namespace mailtap {

inline std::wstring to_wide(std::string_view text) {
  std::wstring wide(text.size(), L'\0');  // never more units than bytes
  wide.resize(static_cast<std::size_t>(::MultiByteToWideChar(
      CP_UTF8, 0, text.data(), static_cast<int>(text.size()), wide.data(), static_cast<int>(wide.size()))));
  return wide;
}

inline std::string to_utf8(std::wstring_view wide) {
  std::string text(wide.size() * 3, '\0');
  text.resize(static_cast<std::size_t>(
      ::WideCharToMultiByte(CP_UTF8, 0, wide.data(), static_cast<int>(wide.size()), text.data(),
                            static_cast<int>(text.size()), nullptr, nullptr)));
  return text;
}

}  // namespace mailtap
