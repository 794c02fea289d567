#include "proxy/terminal/table.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <utility>

#include <unistd.h>

#include "proxy/terminal/size.h"

namespace mailtap::terminal {

namespace {

constexpr std::size_t margin = 2;  // before the first column
constexpr std::size_t gap = 2;     // between columns
constexpr std::size_t remark_indent = 6;
constexpr std::size_t narrowest = 40;
constexpr std::size_t widest = 140;  // longer lines are hard to read
constexpr std::size_t narrowest_column = 8;

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues_character(c); }));
}

/// The first `columns` columns of `text`.
std::string_view head(std::string_view text, std::size_t columns) {
  std::size_t size = 0;
  while (size < text.size()) {
    if (!continues_character(text[size]) && columns-- == 0) break;
    ++size;
  }
  return text.substr(0, size);
}

std::size_t longest_word(std::string_view text) {
  std::size_t longest = 0;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(' ', begin), text.size());
    longest = std::max(longest, columns_of(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return longest;
}

std::vector<std::size_t> column_widths(const std::vector<std::string>& titles, const std::vector<Row>& rows,
                                       std::size_t available) {
  std::vector<std::size_t> widths;  // of the content
  std::vector<std::size_t> least;   // where no word is cut
  for (std::size_t column = 0; column < titles.size(); ++column) {
    widths.push_back(columns_of(titles[column]));
    least.push_back(longest_word(titles[column]));
    for (const auto& row : rows) {
      widths.back() = std::max(widths.back(), columns_of(row.cells[column].text));
      least.back() = std::max(least.back(), longest_word(row.cells[column].text));
    }
  }
  const auto narrow_widest = [&](const std::vector<std::size_t>& down_to) {
    auto widest_column = widths.size();
    for (std::size_t column = 0; column < widths.size(); ++column)
      if (widths[column] > down_to[column] &&
          (widest_column == widths.size() || widths[column] > widths[widest_column]))
        widest_column = column;
    if (widest_column == widths.size()) return false;
    --widths[widest_column];
    return true;
  };
  const auto taken = margin + gap * (titles.size() - 1);
  const std::vector<std::size_t> narrowest_columns(titles.size(), narrowest_column);
  while (std::accumulate(widths.begin(), widths.end(), taken) > available)
    if (!narrow_widest(least) && !narrow_widest(narrowest_columns)) break;
  return widths;
}

std::string render_row(const std::vector<Cell>& cells, const std::vector<std::size_t>& widths,
                       const Style& style) {
  std::vector<std::vector<std::string>> wrapped;
  std::size_t height = 1;
  for (std::size_t column = 0; column < cells.size(); ++column) {
    wrapped.push_back(wrap(cells[column].text, widths[column]));
    height = std::max(height, wrapped.back().size());
  }
  std::string text;
  for (std::size_t line = 0; line < height; ++line) {
    std::size_t missing = margin;  // spaces, written only if something follows
    for (std::size_t column = 0; column < cells.size(); ++column) {
      const auto& lines = wrapped[column];
      const auto part = line < lines.size() ? std::string_view(lines[line]) : std::string_view{};
      if (!part.empty()) {
        text.append(missing, ' ').append(style.paint(cells[column].tone, part));
        missing = 0;
      }
      missing += widths[column] - std::min(widths[column], columns_of(part)) + gap;
    }
    text += '\n';
  }
  return text;
}

std::size_t width_of(int descriptor) {
  if (const char* columns = std::getenv("COLUMNS"))
    if (const auto value = std::strtoul(columns, nullptr, 10); value > 0) return value;
  const auto size = size_of(descriptor);
  return size ? size->columns : 100;
}

}  // namespace

std::string Style::paint(Tone tone, std::string_view text) const {
  if (!colours || tone == Tone::plain || text.empty()) return std::string(text);
  const char* code = tone == Tone::good    ? "\x1b[32m"
                     : tone == Tone::bad   ? "\x1b[31m"
                     : tone == Tone::faint ? "\x1b[2m"
                                           : "\x1b[1m";
  return code + std::string(text) + "\x1b[0m";
}

Style style_for(int descriptor) {
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
  const bool colours = ::isatty(descriptor) == 1 && !dumb && std::getenv("NO_COLOR") == nullptr;
  return {std::clamp(width_of(descriptor), narrowest, widest), colours};
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  std::string line;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    auto word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    if (!line.empty() && columns_of(line) + 1 + columns_of(word) > width)
      lines.push_back(std::exchange(line, {}));
    while (columns_of(word) > width) {
      lines.emplace_back(head(word, width));
      word.remove_prefix(lines.back().size());
    }
    line.append(line.empty() ? "" : " ").append(word);
  }
  if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

std::string join_numbers(const std::vector<unsigned>& numbers, std::string_view separator) {
  std::string text;
  for (const auto number : numbers)
    text.append(text.empty() ? std::string_view{} : separator).append(std::to_string(number));
  return text;
}

std::string indented(std::string_view text, std::size_t indent, const Style& style, Tone tone) {
  std::string all;
  for (const auto& line : wrap(text, style.width - indent))
    all.append(indent, ' ').append(style.paint(tone, line)).append("\n");
  return all;
}

std::string render(const std::vector<std::string>& titles, const std::vector<Row>& rows, const Style& style) {
  const auto widths = column_widths(titles, rows, style.width);
  std::vector<Cell> heading;
  heading.reserve(titles.size());
  for (const auto& title : titles) heading.push_back({title, Tone::strong});
  auto text = render_row(heading, widths, style);
  for (const auto& row : rows) {
    text += render_row(row.cells, widths, style);
    text += indented(row.remark, remark_indent, style);
  }
  return text;
}

}  // namespace mailtap::terminal
