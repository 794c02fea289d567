#include "inspect/writers/printable.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

namespace mailtap::inspect {

namespace {

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t size = 0;  ///< in bytes; 0: not UTF-8
};

/// The first code point of `text`, which isn't empty (RFC 3629: no overlong form, no surrogate).
CodePoint first_code_point(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return {};
  std::uint32_t value = first & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3FU);
  }
  constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < least[size] || value > 0x10FFFF || is_surrogate) return {};
  return {value, size};
}

bool is_control(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0);
}

/// Line and paragraph separators, bidirectional marks, embeddings, overrides and isolates; what takes no room
/// or looks like a space, and so makes two texts look the same: zero-width, invisible and tag characters,
/// fillers, the byte order mark, annotations.
bool disturbs_layout(std::uint32_t c) {
  struct Range {
    std::uint32_t first, last;
  };
  static constexpr std::array<Range, 15> ranges{{{0x00AD, 0x00AD},
                                                 {0x034F, 0x034F},
                                                 {0x061C, 0x061C},
                                                 {0x115F, 0x1160},
                                                 {0x17B4, 0x17B5},
                                                 {0x180B, 0x180F},
                                                 {0x200B, 0x200F},
                                                 {0x2028, 0x202E},
                                                 {0x2060, 0x206F},
                                                 {0x2800, 0x2800},
                                                 {0x3164, 0x3164},
                                                 {0xFEFF, 0xFEFF},
                                                 {0xFFA0, 0xFFA0},
                                                 {0xFFF0, 0xFFFB},
                                                 {0xE0000, 0xE0FFF}}};
  return std::any_of(ranges.begin(), ranges.end(),
                     [c](const Range& range) { return c >= range.first && c <= range.last; });
}

/// Ends a line for some readers of JSON, which has to escape neither.
bool ends_line(std::uint32_t c) {
  return c == 0x2028 || c == 0x2029;
}

std::string spelt(const char* format, unsigned value) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

}  // namespace

bool is_plain(std::string_view text) {
  // To the end, whatever is found: so the compiler looks at many at once.
  unsigned found = 0;
  for (const char c : text) found |= static_cast<unsigned>(c < 0x20) | static_cast<unsigned>(c >= 0x7F);
  return found == 0;
}

std::string printable(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const auto [value, size] = first_code_point(text);
    const auto taken = std::max<std::size_t>(size, 1);
    if (size == 0 || value < 0x20 || value == 0x7F)
      result += spelt("\\x%02x", static_cast<unsigned char>(text[0]));
    else if (is_control(value) || disturbs_layout(value))
      result += spelt(value > 0xFFFF ? "\\U%08x" : "\\u%04x", value);
    else
      result += text.substr(0, size);
    text.remove_prefix(taken);
  }
  return result;
}

std::string valid_utf8(std::string_view text) {
  constexpr std::string_view replacement = "\xEF\xBF\xBD";
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const auto [value, size] = first_code_point(text);
    result += size == 0 || (is_control(value) && value >= 0x20) || ends_line(value) ? replacement
                                                                                    : text.substr(0, size);
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return result;
}

}  // namespace mailtap::inspect
