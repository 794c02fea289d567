// The words of a line of SMTP's, POP3's and IMAP's.
#pragma once

#include <initializer_list>
#include <string_view>

#include "config/base/ascii.h"
#include "config/base/text.h"

namespace mailtap {

/// Takes the first word off `line`; what is left begins after the blanks that follow it.
inline std::string_view take_word(std::string_view& line) {
  const auto blank = line.find_first_of(" \t");
  const auto word = line.substr(0, blank);
  const auto rest = line.find_first_not_of(" \t", blank);
  line = blank == std::string_view::npos || rest == std::string_view::npos ? std::string_view{}
                                                                           : line.substr(rest);
  return word;
}

/// Letter case aside, as for protocol keywords.
inline bool is_any_of(std::string_view word, std::initializer_list<std::string_view> words) {
  for (const auto candidate : words)
    if (equal_ignoring_case(word, candidate)) return true;
  return false;
}

inline bool has_word(std::string_view line, std::string_view word) {
  while (!line.empty())
    if (equal_ignoring_case(take_word(line), word)) return true;
  return false;
}

/// A line of an answer of SMTP's: 250, 250-more, 250 last (RFC 5321 section 4.2).
inline bool is_smtp_reply(std::string_view line) {
  return line.size() >= 3 && line[0] >= '2' && line[0] <= '5' && is_digit(line[1]) && is_digit(line[2]) &&
         (line.size() == 3 || line[3] == ' ' || line[3] == '-');
}

}  // namespace mailtap
