// What is known: causes (inspect/explain/causes.txt) and the patterns that speak for them
// (inspect/explain/patterns.tsv). Both files are built in and say of which day they are.
//
// causes.txt has paragraphs of lines, a keyword each:
//   cause ID         under ID (a more general cause that this one makes superfluous)
//   side client|server|network|certificate
//   faults NAME...   mailtap's fault names, and name-mismatch
//   en, vi           what happened          do-en, do-vi   what to do about it
//   next COMMAND     of mailtap's, with {target} (a TARGET of check) and {server} (HOST:PORT)
//
// patterns.tsv has a row each: id, program, cause, expression, source. An expression is
//   text             found at word boundaries, whatever the case, blanks, quotes, hyphens and underscores
//   a * b   a ~ b    with at most 160, or 60, characters between them, in one record of the text
//   a ~              goes on within the word
//   a | b            either
//   =text            the whole input is that
//   hresult 0x...    that number, in hex, as unsigned or as negative decimal
//   win32 N          0x8007.... of that error
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"

namespace mailtap::explain {

enum class Side { client, server, network, certificate };
std::string_view to_string(Side side);

struct Cause {
  std::string_view id;
  const Cause* under = nullptr;
  Side side = Side::network;
  std::vector<std::string_view> faults;  ///< of mailtap's list
  bool name_mismatch = false;
  std::string_view what_en, what_vi;
  std::string_view do_en, do_vi;
  std::vector<std::string_view> next;

  /// How many causes it is under.
  std::size_t depth() const;
  bool is_under(const Cause& other) const;
};

/// A literal of an expression, squeezed as the text is (readable.h).
struct Piece {
  std::string text;
  std::size_t gap = 0;  ///< at most so many characters between the piece before and this one
  bool begins_word = false;
  bool ends_word = false;
};

struct Alternative {
  std::vector<Piece> pieces;
  bool whole = false;        ///< the input is this and nothing else
  std::uint32_t number = 0;  ///< not 0: that HRESULT, and no pieces
};

struct Pattern {
  std::string_view id;
  std::string_view program;  ///< who says it; "any": several do
  const Cause* cause = nullptr;
  std::vector<Alternative> alternatives;
  std::string_view source;
};

class Knowledge {
 public:
  Knowledge() = default;
  Knowledge(Knowledge&&) = default;
  Knowledge& operator=(Knowledge&&) = default;
  Knowledge(const Knowledge&) = delete;  // patterns point to causes
  Knowledge& operator=(const Knowledge&) = delete;
  ~Knowledge() = default;

  /// An error names the file and the line. The texts outlive it.
  static Result<Knowledge> parse(std::string_view causes, std::string_view patterns);

  const std::vector<Cause>& causes() const { return causes_; }
  const std::vector<Pattern>& patterns() const { return patterns_; }
  const Cause* cause(std::string_view id) const;

 private:
  std::vector<Cause> causes_;
  std::vector<Pattern> patterns_;
};

/// The files as they were built in.
std::string_view causes_file();
std::string_view patterns_file();
const Knowledge& built_in();
/// "2026-11-29", of patterns.tsv's first line.
std::string_view known_as_of();

}  // namespace mailtap::explain
