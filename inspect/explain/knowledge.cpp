#include "inspect/explain/knowledge.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "inspect/explain/readable.h"

namespace mailtap::explain {

namespace {

constexpr std::size_t wide_gap = 160;
constexpr std::size_t narrow_gap = 60;

/// What is before the first `mark`; `text` is shortened by both.
std::string_view take(std::string_view& text, char mark) {
  const auto end = std::min(text.find(mark), text.size());
  const auto part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

std::optional<Side> side_of(std::string_view word) {
  for (const auto side : {Side::client, Side::server, Side::network, Side::certificate})
    if (word == to_string(side)) return side;
  return std::nullopt;
}

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::optional<std::uint32_t> number_of(std::string_view text, int base) {
  std::uint32_t value = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value, base);
  return error == std::errc{} && stopped == end && value != 0 ? std::optional(value) : std::nullopt;
}

/// An alternative that is a number, by what stands before it.
std::optional<std::uint32_t> code_of(std::string_view text) {
  constexpr std::string_view hresult = "hresult 0x", win32 = "win32 ";
  constexpr std::uint32_t of_win32 = 0x80070000;  // HRESULT_FROM_WIN32
  if (text.starts_with(hresult)) return number_of(text.substr(hresult.size()), 16);
  if (!text.starts_with(win32)) return std::nullopt;
  const auto number = number_of(text.substr(win32.size()), 10);
  return number && *number <= 0xFFFF ? std::optional(of_win32 | *number) : std::nullopt;
}

std::optional<Alternative> alternative_of(std::string_view text) {
  Alternative alternative;
  if (const auto code = code_of(text)) {
    alternative.number = *code;
    return alternative;
  }
  if (text.starts_with('=')) {
    alternative.whole = true;
    text.remove_prefix(1);
  }
  for (std::size_t gap = 0; !text.empty();) {
    const auto end = std::min(text.find_first_of("*~"), text.size());
    const auto literal = trimmed(text.substr(0, end));
    auto piece = squeezed(literal);
    if (piece.empty()) return std::nullopt;
    alternative.pieces.push_back(
        {std::move(piece), gap, is_alphanumeric(literal.front()), is_alphanumeric(literal.back())});
    if (end == text.size()) break;
    gap = text[end] == '*' ? wide_gap : narrow_gap;
    text.remove_prefix(end + 1);
    if (trimmed(text).empty()) {
      alternative.pieces.back().ends_word = false;
      break;
    }
  }
  return alternative.pieces.empty() ? std::nullopt : std::optional(alternative);
}

std::optional<std::vector<Alternative>> expression_of(std::string_view text) {
  std::vector<Alternative> alternatives;
  while (!text.empty()) {
    auto alternative = alternative_of(trimmed(take(text, '|')));
    if (!alternative) return std::nullopt;
    alternatives.push_back(std::move(*alternative));
  }
  return alternatives;
}

Error at_line(std::string_view file, std::size_t number, std::string_view what) {
  return {"inspect/explain/" + std::string(file) + ":" + std::to_string(number) + ": " + std::string(what)};
}

/// A cause as its paragraph has it, with the name of the one above it, which may come later.
struct Draft {
  Cause cause;
  std::string_view under;
  std::size_t line = 0;
};

bool fill(Draft& draft, std::string_view keyword, std::string_view value) {
  auto& cause = draft.cause;
  if (keyword == "side") {
    const auto side = side_of(value);
    if (side) cause.side = *side;
    return side.has_value();
  }
  if (keyword == "faults") {
    while (!value.empty()) {
      const auto fault = take(value, ' ');
      if (fault == "name-mismatch")
        cause.name_mismatch = true;
      else
        cause.faults.push_back(fault);
    }
    return true;
  }
  if (keyword == "next") return cause.next.push_back(value), true;
  const std::array<std::pair<std::string_view, std::string_view*>, 5> texts{{{"under", &draft.under},
                                                                             {"en", &cause.what_en},
                                                                             {"vi", &cause.what_vi},
                                                                             {"do-en", &cause.do_en},
                                                                             {"do-vi", &cause.do_vi}}};
  for (const auto& [name, text] : texts) {
    if (keyword != name || !text->empty()) continue;
    *text = value;
    return true;
  }
  return false;
}

Result<std::vector<Draft>> drafts_of(std::string_view file) {
  std::vector<Draft> drafts;
  for (std::size_t number = 1; !file.empty(); ++number) {
    const auto line = take(file, '\n');
    if (line.empty() || line.starts_with('#')) continue;
    auto value = line;
    const auto keyword = take(value, ' ');
    if (value.empty()) return tl::unexpected(at_line("causes.txt", number, "a keyword without a value"));
    if (keyword == "cause") {
      drafts.emplace_back();
      drafts.back().cause.id = value;
      drafts.back().line = number;
    } else if (drafts.empty() || !fill(drafts.back(), keyword, value)) {
      return tl::unexpected(at_line("causes.txt", number, "not a line that a cause has, or a second one"));
    }
  }
  return drafts;
}

bool is_complete(const Cause& cause) {
  return !cause.what_en.empty() && !cause.what_vi.empty() && !cause.do_en.empty() && !cause.do_vi.empty() &&
         !cause.next.empty();
}

}  // namespace

std::string_view to_string(Side side) {
  switch (side) {
    case Side::client: return "client";
    case Side::server: return "server";
    case Side::network: return "network";
    case Side::certificate: return "certificate";
  }
  return "unknown";
}

std::size_t Cause::depth() const {
  std::size_t depth = 0;
  for (const auto* above = under; above != nullptr; above = above->under) ++depth;
  return depth;
}

bool Cause::is_under(const Cause& other) const {
  for (const auto* above = under; above != nullptr; above = above->under)
    if (above == &other) return true;
  return false;
}

const Cause* Knowledge::cause(std::string_view id) const {
  const auto found =
      std::find_if(causes_.begin(), causes_.end(), [&](const Cause& each) { return each.id == id; });
  return found == causes_.end() ? nullptr : &*found;
}

Result<Knowledge> Knowledge::parse(std::string_view causes, std::string_view patterns) {
  auto drafts = drafts_of(causes);
  if (!drafts) return tl::unexpected(drafts.error());
  Knowledge knowledge;
  knowledge.causes_.reserve(drafts->size());  // they are pointed to
  for (const auto& draft : *drafts) {
    if (!is_complete(draft.cause))
      return tl::unexpected(at_line("causes.txt", draft.line, "a text is missing"));
    if (knowledge.cause(draft.cause.id) != nullptr)
      return tl::unexpected(at_line("causes.txt", draft.line, "the second of that name"));
    // Above comes first, so that nothing is above itself.
    const auto* const above = knowledge.cause(draft.under);
    if (above == nullptr && !draft.under.empty())
      return tl::unexpected(at_line("causes.txt", draft.line, "under a cause that isn't before it"));
    knowledge.causes_.push_back(draft.cause);
    knowledge.causes_.back().under = above;
  }
  for (std::size_t number = 1; !patterns.empty(); ++number) {
    const auto line = take(patterns, '\n');
    if (line.empty() || line.starts_with('#')) continue;
    auto rest = line;
    Pattern pattern;
    pattern.id = take(rest, '\t');
    pattern.program = take(rest, '\t');
    pattern.cause = knowledge.cause(take(rest, '\t'));
    auto expression = expression_of(take(rest, '\t'));
    pattern.source = rest;
    if (pattern.cause == nullptr) return tl::unexpected(at_line("patterns.tsv", number, "no such cause"));
    if (!expression || expression->empty() || pattern.source.empty() || pattern.id.empty())
      return tl::unexpected(at_line("patterns.tsv", number, "not id, program, cause, expression, source"));
    pattern.alternatives = std::move(*expression);
    knowledge.patterns_.push_back(std::move(pattern));
  }
  return knowledge;
}

const Knowledge& built_in() {
  // A test holds that the files can be read.
  static const auto knowledge = Knowledge::parse(causes_file(), patterns_file());
  static const Knowledge nothing;
  return knowledge ? *knowledge : nothing;
}

std::string_view known_as_of() {
  constexpr std::string_view mark = "as of ";
  const auto file = patterns_file();
  const auto at = file.find(mark);
  return at == std::string_view::npos ? std::string_view{} : file.substr(at + mark.size(), 10);
}

}  // namespace mailtap::explain
