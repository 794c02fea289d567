// A text as it is compared: lower case, without blanks, quotes, backslashes, hyphens, underscores, colours
// and marks of quotation before lines, so that neither wraps nor spellings matter; a line feed only where a
// new record of a log begins.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mailtap::explain {

/// Text that Windows writes as UTF-16 (with a byte order mark, or every second byte zero) becomes UTF-8;
/// other text stays as it is.
std::string as_utf8(std::string_view text);

/// "&quot;", "&#39;", "&lt;" and their like, of texts copied out of HTML and XML, as the characters that
/// they stand for.
std::string without_entities(std::string_view text);

struct Readable {
  std::string text;
  std::vector<std::uint32_t> origins;  ///< of each character of `text`, its place in the original

  /// No letter or digit of the original touches the character at `at` from the left, or from the right of
  /// the one before `at`.
  bool is_boundary(std::size_t at) const;
};

Readable readable(std::string_view original);

/// The same of a literal of an expression, which is a single line.
std::string squeezed(std::string_view literal);

/// HRESULTs and the like in the original: 0x800b0109, 800B0109, -2146762487, 2148204809.
struct Number {
  std::uint32_t value;
  std::size_t at;    ///< in the original
  std::size_t size;  ///< of its digits
};
std::vector<Number> numbers_in(std::string_view original);

}  // namespace mailtap::explain
