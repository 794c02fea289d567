#include "inspect/explain/readable.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "config/base/ascii.h"

namespace mailtap::explain {

namespace {

bool is_alphanumeric(char c) {
  return is_digit(c) || is_letter(c);
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// How many bytes at the front of `text` don't count: blanks, quotes of every kind, what joins words.
std::size_t separator(std::string_view text) {
  constexpr std::string_view single = " \t\r\n\f\v'\"`\\-_";
  if (single.find(text.front()) != std::string_view::npos) return 1;
  static constexpr std::array<std::string_view, 15> wide{
      "\xC2\xA0",                                                      // no-break space
      "\xC2\xAB",     "\xC2\xBB",     "\xE2\x80\xB9", "\xE2\x80\xBA",  // angle quotes
      "\xE2\x80\x98", "\xE2\x80\x99", "\xE2\x80\x9A", "\xE2\x80\x9C",
      "\xE2\x80\x9D", "\xE2\x80\x9E",                                   // quotes
      "\xE2\x80\x90", "\xE2\x80\x91", "\xE2\x80\x93", "\xE2\x80\x94"};  // hyphens, dashes
  for (const auto mark : wide)
    if (text.starts_with(mark)) return mark.size();
  return 0;
}

/// An escape sequence of a terminal (ECMA-48: CSI, parameters, a final byte).
std::size_t escape(std::string_view text) {
  if (text.size() < 2 || text[0] != '\x1b') return 0;
  if (text[1] != '[') return 2;
  constexpr std::size_t longest = 32;
  std::size_t at = 2;
  while (at < std::min(text.size(), longest) && !(text[at] >= '@' && text[at] <= '~')) ++at;
  return std::min(at + 1, text.size());
}

/// "> " and "| " of a quoted mail, before a line.
std::size_t quotation(std::string_view line) {
  std::size_t at = 0;
  while (at < line.size() && (line[at] == '>' || line[at] == '|' || line[at] == ' ' || line[at] == '\t'))
    ++at;
  return at;
}

bool begins_with_month(std::string_view line) {
  static constexpr std::array<std::string_view, 12> months{"jan", "feb", "mar", "apr", "may", "jun",
                                                           "jul", "aug", "sep", "oct", "nov", "dec"};
  if (line.size() < 5 || line[3] != ' ' || !(is_digit(line[4]) || line[4] == ' ')) return false;
  const std::string word{lower(line[0]), lower(line[1]), lower(line[2])};
  return std::find(months.begin(), months.end(), word) != months.end();
}

/// Whether a line looks like the first of a log's record: a date, a time, a priority, a JSON object, or
/// nothing at all.
bool begins_record(std::string_view line) {
  while (!line.empty() && (line.front() == ' ' || line.front() == '[' || line.front() == '('))
    line.remove_prefix(1);
  if (line.empty() || line.front() == '{' || line.front() == '\r') return true;
  if (line.front() == '<' && line.size() > 1 && is_digit(line[1])) return true;
  if (begins_with_month(line)) return true;
  std::size_t digits = 0;
  while (digits < line.size() && is_digit(line[digits])) ++digits;
  if (digits == 0 || digits + 1 >= line.size()) return false;
  const char mark = line[digits];
  return (mark == '-' || mark == '/' || mark == ':' || mark == '.') && is_digit(line[digits + 1]) &&
         digits <= 10;
}

std::string from_utf16(std::string_view text, bool big_endian) {
  std::string result;
  result.reserve(text.size() / 2);
  for (std::size_t at = 0; at + 1 < text.size(); at += 2) {
    const auto high = static_cast<unsigned char>(text[at + (big_endian ? 0 : 1)]);
    const auto low = static_cast<unsigned char>(text[at + (big_endian ? 1 : 0)]);
    const unsigned unit = static_cast<unsigned>(high) << 8U | low;
    if (unit < 0x80) {
      result += static_cast<char>(unit);
    } else if (unit < 0x800) {
      result += static_cast<char>(0xC0U | unit >> 6U);
      result += static_cast<char>(0x80U | (unit & 0x3FU));
    } else if (unit < 0xD800 || unit > 0xDFFF) {
      result += static_cast<char>(0xE0U | unit >> 12U);
      result += static_cast<char>(0x80U | (unit >> 6U & 0x3FU));
      result += static_cast<char>(0x80U | (unit & 0x3FU));
    } else {
      result += '?';  // half of a pair: nothing that is known has one
    }
  }
  return result;
}

std::optional<std::uint32_t> number_of(std::string_view digits, int base) {
  std::uint32_t value = 0;
  const auto* const end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, value, base);
  return error == std::errc{} && stopped == end ? std::optional(value) : std::nullopt;
}

constexpr std::uint32_t failure = 0x80000000;  // an HRESULT's highest bit

/// "2148204809", or with the sign before it that of -2146762487.
std::optional<std::uint32_t> from_decimal(std::string_view word, bool is_negative) {
  if (!std::all_of(word.begin(), word.end(), is_digit)) return std::nullopt;
  const auto value = number_of(word, 10);
  if (!value) return std::nullopt;
  if (is_negative) return *value != 0 && *value <= failure ? std::optional(~*value + 1) : std::nullopt;
  return *value >= failure ? value : std::nullopt;
}

std::optional<std::uint32_t> from_hex(std::string_view word) {
  if (word.starts_with("0x") || word.starts_with("0X")) word.remove_prefix(2);
  if (word.size() == 9 && (word.back() == 'L' || word.back() == 'l')) word.remove_suffix(1);
  if (word.size() == 16 && word.starts_with("ffffffff")) word.remove_prefix(8);
  if (word.size() != 8) return std::nullopt;
  const auto value = number_of(word, 16);
  return value && *value >= failure ? value : std::nullopt;
}

}  // namespace

std::string as_utf8(std::string_view text) {
  if (text.starts_with("\xFF\xFE")) return from_utf16(text.substr(2), false);
  if (text.starts_with("\xFE\xFF")) return from_utf16(text.substr(2), true);
  if (text.starts_with("\xEF\xBB\xBF")) return std::string(text.substr(3));
  const auto sample = text.substr(0, 64);
  std::size_t odd = 0;
  for (std::size_t at = 1; at < sample.size(); at += 2) odd += sample[at] == '\0' ? 1 : 0;
  if (sample.size() >= 8 && odd * 4 >= sample.size()) return from_utf16(text, false);
  return std::string(text);
}

std::string without_entities(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 10> known{{{"&quot;", "\""},
                                                                                        {"&#34;", "\""},
                                                                                        {"&apos;", "'"},
                                                                                        {"&#39;", "'"},
                                                                                        {"&#x27;", "'"},
                                                                                        {"&#039;", "'"},
                                                                                        {"&lt;", "<"},
                                                                                        {"&gt;", ">"},
                                                                                        {"&nbsp;", " "},
                                                                                        {"&amp;", "&"}}};
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto rest = text.substr(at);
    const auto* const entity =
        rest.front() != '&' ? known.end() : std::find_if(known.begin(), known.end(), [&](const auto& each) {
          return rest.starts_with(each.first);
        });
    if (entity == known.end()) {
      result += rest.front();
      ++at;
    } else {
      result += entity->second;
      at += entity->first.size();
    }
  }
  return result;
}

bool Readable::is_boundary(std::size_t at) const {
  if (at == 0 || at >= text.size()) return true;
  return !is_alphanumeric(text[at - 1]) || !is_alphanumeric(text[at]) || origins[at - 1] + 1 != origins[at];
}

Readable readable(std::string_view original) {
  Readable result;
  result.text.reserve(original.size());
  result.origins.reserve(original.size());
  const auto put = [&](char c, std::size_t at) {
    result.text += c;
    result.origins.push_back(static_cast<std::uint32_t>(at));
  };
  for (std::size_t at = 0; at < original.size();) {
    const bool begins_line = at == 0 || original[at - 1] == '\n';
    if (begins_line) {
      const auto line = original.substr(at, original.find('\n', at) - at);
      const auto quoted = quotation(line);
      if (at != 0 && begins_record(line.substr(quoted))) put('\n', at);
      at += quoted;
      if (quoted != 0) continue;
    }
    const auto rest = original.substr(at);
    if (const auto size = std::max(separator(rest), escape(rest)); size != 0) {
      at += size;
    } else {
      put(lower(original[at]), at);
      ++at;
    }
  }
  return result;
}

std::string squeezed(std::string_view literal) {
  std::string result;
  while (!literal.empty()) {
    if (const auto size = separator(literal); size != 0) {
      literal.remove_prefix(size);
    } else {
      result += lower(literal.front());
      literal.remove_prefix(1);
    }
  }
  return result;
}

std::vector<Number> numbers_in(std::string_view original) {
  constexpr std::size_t most = 4096;
  std::vector<Number> numbers;
  for (std::size_t at = 0; at < original.size() && numbers.size() < most;) {
    if (!is_alphanumeric(original[at])) {
      ++at;
      continue;
    }
    auto end = at;
    while (end < original.size() && is_alphanumeric(original[end])) ++end;
    const auto word = original.substr(at, end - at);
    const bool is_negative = at > 0 && original[at - 1] == '-';
    // "-2146762487" and no more; a word with letters in it is hex.
    if (word.size() >= 8 && word.size() <= 18) {
      auto value = from_decimal(word, is_negative);
      if (!value) value = from_hex(word);
      if (value) numbers.push_back({*value, at, word.size()});
    }
    at = end;
  }
  return numbers;
}

}  // namespace mailtap::explain
