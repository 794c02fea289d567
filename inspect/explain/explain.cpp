#include "inspect/explain/explain.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "inspect/explain/readable.h"
#include "inspect/writers/printable.h"

namespace mailtap::explain {

namespace {

constexpr std::size_t longest_quote = 200;
/// A general cause so near to one of its own is the same event, told less well.
constexpr std::size_t near_lines = 4;

/// A pattern at a place of the original.
struct Hit {
  const Pattern* pattern;
  std::size_t begin, end;  // in the original
  std::size_t line;        // from 1
  std::size_t weight;      // how many characters say so
};

std::size_t find(std::string_view text, std::string_view wanted, std::size_t from) {
  if (from > text.size()) return std::string_view::npos;
  const auto* const found = ::memmem(text.data() + from, text.size() - from, wanted.data(), wanted.size());
  return found == nullptr ? std::string_view::npos
                          : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

/// Where `piece` is, at or after `from` and wholly before `limit`.
std::optional<std::size_t> find_piece(const Readable& in, const Piece& piece, std::size_t from,
                                      std::size_t limit) {
  const auto text = std::string_view(in.text).substr(0, limit);
  for (auto at = find(text, piece.text, from); at != std::string_view::npos;
       at = find(text, piece.text, at + 1)) {
    if (piece.begins_word && !in.is_boundary(at)) continue;
    if (piece.ends_word && !in.is_boundary(at + piece.text.size())) continue;
    return at;
  }
  return std::nullopt;
}

/// The end of what follows the first piece, which ends at `end`.
std::optional<std::size_t> follow(const Readable& in, const std::vector<Piece>& pieces, std::size_t end) {
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    // Within the gap, and the record.
    const auto window = std::string_view(in.text).substr(end, pieces[i].gap + pieces[i].text.size());
    const auto limit = end + std::min(window.find('\n'), window.size());
    const auto at = find_piece(in, pieces[i], end, limit);
    if (!at) return std::nullopt;
    end = *at + pieces[i].text.size();
  }
  return end;
}

class Search {
 public:
  explicit Search(std::string_view original)
      : original_(original), in_(readable(original)), numbers_(numbers_in(original)) {
    for (std::size_t at = 0; at < original.size(); ++at)
      if (original[at] == '\n') line_ends_.push_back(at);
  }

  void look_for(const Pattern& pattern) {
    for (const auto& alternative : pattern.alternatives) {
      if (alternative.number != 0)
        look_for_number(pattern, alternative.number);
      else
        look_for_text(pattern, alternative);
    }
  }

  /// In the order of the text, what is cut off only where nothing else is known; what lies within a longer
  /// one that says something else is left out.
  std::vector<Hit> hits() {
    if (hits_.empty()) hits_ = cut_off_;
    std::sort(hits_.begin(), hits_.end(), [](const Hit& a, const Hit& b) {
      return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
    });
    std::vector<Hit> kept;
    for (const auto& hit : hits_) {
      const auto from = kept.end() - static_cast<std::ptrdiff_t>(std::min(kept.size(), looked_back));
      const bool within = std::any_of(from, kept.end(), [&](const Hit& longer) {
        return longer.end >= hit.end && longer.weight > hit.weight &&
               longer.pattern->cause != hit.pattern->cause;
      });
      if (!within) kept.push_back(hit);
    }
    return kept;
  }

  std::size_t lines_written() const {
    std::size_t count = 0, begin = 0;
    for (std::size_t i = 0; i <= line_ends_.size(); ++i) {
      const auto end = i < line_ends_.size() ? line_ends_[i] : original_.size();
      const auto line = original_.substr(begin, end - begin);
      if (line.find_first_not_of(" \t\r") != std::string_view::npos) ++count;
      begin = end + 1;
      if (begin > original_.size()) break;
    }
    return count;
  }

  std::string_view line_at(std::size_t number) const {
    const auto begin = number < 2 ? 0 : line_ends_[number - 2] + 1;
    const auto end = number - 1 < line_ends_.size() ? line_ends_[number - 1] : original_.size();
    return original_.substr(begin, end - begin);
  }

  std::size_t line_of(std::size_t at) const {
    return static_cast<std::size_t>(std::lower_bound(line_ends_.begin(), line_ends_.end(), at) -
                                    line_ends_.begin()) +
           1;
  }

 private:
  static constexpr std::size_t most_hits = 20'000;
  static constexpr std::size_t looked_back = 32;

  void add(const Pattern& pattern, std::size_t begin, std::size_t end, std::size_t weight) {
    if (hits_.size() < most_hits) hits_.push_back({&pattern, begin, end, line_of(begin), weight});
  }

  void look_for_number(const Pattern& pattern, std::uint32_t number) {
    constexpr std::size_t weight = 16;
    for (const auto& each : numbers_)
      if (each.value == number) add(pattern, each.at, each.at + each.size, weight);
  }

  void look_for_text(const Pattern& pattern, const Alternative& alternative) {
    const auto& first = alternative.pieces.front();
    if (alternative.whole) {
      if (in_.text == first.text) add(pattern, 0, original_.size(), first.text.size());
      return;
    }
    if (alternative.pieces.size() == 1) look_for_cut_off(pattern, first);
    std::size_t weight = 0;
    for (const auto& piece : alternative.pieces) weight += piece.text.size();
    for (auto at = find_piece(in_, first, 0, in_.text.size()); at;
         at = find_piece(in_, first, *at + 1, in_.text.size())) {
      const auto end = follow(in_, alternative.pieces, *at + first.text.size());
      if (end) add(pattern, in_.origins[*at], in_.origins[*end - 1] + 1, weight);
      if (hits_.size() >= most_hits) return;
    }
  }

  /// Most of a long literal at the very end of the text, which was cut off there.
  void look_for_cut_off(const Pattern& pattern, const Piece& piece) {
    constexpr std::size_t least = 20;
    auto text = std::string_view(in_.text);
    for (const std::string_view mark : {"...", "\xE2\x80\xA6"})
      if (text.ends_with(mark)) text.remove_suffix(mark.size());
    if (text.empty()) return;
    for (auto size = piece.text.size() - 1; size >= least && size * 4 >= piece.text.size() * 3; --size) {
      if (text.back() != piece.text[size - 1]) continue;  // as nearly always, and soon known
      if (!text.ends_with(std::string_view(piece.text).substr(0, size))) continue;
      const auto at = text.size() - size;
      if (!piece.begins_word || in_.is_boundary(at))
        cut_off_.push_back(
            {&pattern, in_.origins[at], in_.origins[text.size() - 1] + 1, line_of(in_.origins[at]), size});
      return;
    }
  }

  std::string_view original_;
  Readable in_;
  std::vector<Number> numbers_;
  std::vector<std::size_t> line_ends_;
  std::vector<Hit> hits_;
  std::vector<Hit> cut_off_;
};

/// A cause while it is gathered.
struct Found {
  const Cause* cause;
  std::vector<Hit> hits;  ///< in the order of the text
  std::size_t weight = 0;

  /// How much was said, and how much of a special case it is: a level counts as a word.
  std::size_t specificity() const { return weight + 12 * cause->depth(); }
};

std::vector<Found> by_cause(const std::vector<Hit>& hits) {
  std::vector<Found> found;
  for (const auto& hit : hits) {
    const auto known = std::find_if(found.begin(), found.end(),
                                    [&](const Found& each) { return each.cause == hit.pattern->cause; });
    auto& one = known != found.end() ? *known : found.emplace_back(Found{hit.pattern->cause, {}, 0});
    one.hits.push_back(hit);
    one.weight = std::max(one.weight, hit.weight);
  }
  return found;
}

bool is_near(const Hit& hit, const Found& to) {
  const auto from =
      std::lower_bound(to.hits.begin(), to.hits.end(), hit.line,
                       [](const Hit& each, std::size_t line) { return each.line + near_lines < line; });
  return from != to.hits.end() && from->line <= hit.line + near_lines;
}

/// Takes out what says in general what another says better of the same event.
void leave_out_general(std::vector<Found>& found) {
  for (auto& general : found) {
    auto& hits = general.hits;
    hits.erase(std::remove_if(hits.begin(), hits.end(),
                              [&](const Hit& hit) {
                                return std::any_of(found.begin(), found.end(), [&](const Found& other) {
                                  return other.cause->is_under(*general.cause) && is_near(hit, other);
                                });
                              }),
               hits.end());
  }
  found.erase(std::remove_if(found.begin(), found.end(), [](const Found& each) { return each.hits.empty(); }),
              found.end());
}

/// The part of the line around the place, for people.
std::string quote_of(const Search& search, const Hit& hit) {
  const auto line = search.line_at(hit.line);
  const auto in_line = hit.begin - static_cast<std::size_t>(line.data() - search.line_at(1).data());
  if (line.size() <= longest_quote)
    return inspect::printable(line.substr(0, line.find_last_not_of(" \t\r") + 1));
  const auto begin = in_line > longest_quote / 4 ? in_line - longest_quote / 4 : 0;
  const auto part = line.substr(begin, longest_quote);
  return (begin > 0 ? "... " : "") + inspect::printable(part) +
         (begin + part.size() < line.size() ? " ..." : "");
}

std::vector<Match> matches_of(const Search& search, const Found& found) {
  struct Sum {
    Match match;
    std::size_t weight;
  };
  std::vector<Sum> sums;
  for (const auto& hit : found.hits) {
    const auto known = std::find_if(sums.begin(), sums.end(),
                                    [&](const Sum& each) { return each.match.pattern == hit.pattern; });
    if (known != sums.end())
      ++known->match.times;
    else
      sums.push_back({{hit.pattern, hit.line, 1, quote_of(search, hit)}, hit.weight});
  }
  std::stable_sort(sums.begin(), sums.end(), [](const Sum& a, const Sum& b) { return a.weight > b.weight; });
  std::vector<Match> matches;
  matches.reserve(sums.size());
  for (auto& sum : sums) matches.push_back(std::move(sum.match));
  return matches;
}

void replace(std::string& in, std::string_view mark, std::string_view by) {
  for (auto at = in.find(mark); at != std::string::npos; at = in.find(mark, at + by.size()))
    in.replace(at, mark.size(), by);
}

std::vector<std::string> commands_of(const Cause& cause, const Place& place) {
  std::vector<std::string> commands;
  for (const auto each : cause.next) {
    std::string command(each);
    replace(command, "{target}", place.target());
    replace(command, "{server}", place.server());
    commands.push_back(std::move(command));
  }
  return commands;
}

}  // namespace

Answer explain(std::string_view text, const Knowledge& knowledge) {
  Answer answer;
  answer.cut = text.size() > most_read;
  const auto original = without_entities(as_utf8(text.substr(0, most_read)));
  Search search(original);
  for (const auto& pattern : knowledge.patterns()) search.look_for(pattern);
  const auto hits = search.hits();
  answer.lines = search.lines_written();
  std::vector<std::size_t> lines;
  for (const auto& hit : hits)
    for (auto line = hit.line; line <= search.line_of(hit.end - 1); ++line) lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  answer.lines_known = static_cast<std::size_t>(std::unique(lines.begin(), lines.end()) - lines.begin());

  auto found = by_cause(hits);
  leave_out_general(found);
  std::stable_sort(found.begin(), found.end(),
                   [](const Found& a, const Found& b) { return a.specificity() > b.specificity(); });
  answer.place = place_in(original);
  for (const auto& each : found)
    answer.explanations.push_back(
        {each.cause, matches_of(search, each), commands_of(*each.cause, answer.place)});
  return answer;
}

}  // namespace mailtap::explain
