// Text for a terminal of any width: a table whose cells wrap, with a remark under each row.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mailtap::terminal {

enum class Tone { plain, good, bad, faint, strong };

struct Style {
  std::size_t width = 100;  ///< columns
  bool colours = false;

  /// `text` with the escape sequences of its tone, none without colours.
  std::string paint(Tone tone, std::string_view text) const;
};

/// For what is written to `descriptor`: the width is COLUMNS, else the terminal's, else 100; colours only on
/// a terminal that isn't dumb, and not where NO_COLOR is set (https://no-color.org).
Style style_for(int descriptor);

/// Lines of at most `width` columns, broken at spaces; a longer word stands alone, cut where it must be.
/// Columns are counted as UTF-8 code points.
std::vector<std::string> wrap(std::string_view text, std::size_t width);
/// The same as one text: each line after `indent` spaces and ended by a newline.
std::string indented(std::string_view text, std::size_t indent, const Style& style, Tone tone = Tone::plain);

/// "1, 2"
std::string join_numbers(const std::vector<unsigned>& numbers, std::string_view separator);

struct Cell {
  std::string text;
  Tone tone = Tone::plain;
};
struct Row {
  std::vector<Cell> cells;  ///< as many as there are titles
  std::string remark;       ///< under the row, over the whole width; may be empty
};

/// Columns are as wide as their content; where that is too much, the widest gives way and wraps.
std::string render(const std::vector<std::string>& titles, const std::vector<Row>& rows, const Style& style);

}  // namespace mailtap::terminal
