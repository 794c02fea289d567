// What an error text means: which cause, whose side it is on, which of mailtap's faults, what to run next.
//
//   text --> Readable (lines, without colours, quoting and wraps) --+
//            Number  (HRESULTs in hex, decimal, negative)         --+--> matches --> causes, most specific
//            first
//   patterns.tsv, causes.txt --> Knowledge                        --+
//
// Everything is matched as plain tokens, in time linear in the text: there is no regular expression in it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "inspect/explain/knowledge.h"
#include "inspect/explain/place.h"

namespace mailtap::explain {

/// More than this of a text isn't read: its beginning is.
inline constexpr std::size_t most_read = std::size_t{1} << 20;

/// A pattern that was found, and how often.
struct Match {
  const Pattern* pattern = nullptr;
  std::size_t line = 0;  ///< of the first time, from 1
  std::size_t times = 0;
  std::string quote;  ///< the line, cut to what can be shown; made harmless (inspect/writers/printable.h)
};

/// One cause, with all that speaks for it.
struct Explanation {
  const Cause* cause = nullptr;
  std::vector<Match> matches;     ///< the most telling first
  std::vector<std::string> next;  ///< commands, with the server's name where the text has it
};

struct Answer {
  std::vector<Explanation> explanations;  ///< the most specific first; none: nothing in it is known
  std::size_t lines = 0;                  ///< that aren't blank
  std::size_t lines_known = 0;            ///< of them, in which something was found
  bool cut = false;                       ///< it was longer than most_read
  Place place;                            ///< the server that it speaks of
};

/// Any bytes are fine. The answer points into `knowledge`, which outlives it.
Answer explain(std::string_view text, const Knowledge& knowledge = built_in());

}  // namespace mailtap::explain
