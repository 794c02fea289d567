#include "config/base/phrases.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <utility>

namespace mailtap {

extern const std::string_view phrases_file;  // made by CMake

namespace {

/// A sentence in its parts: texts with a placeholder between each two.
struct Pattern {
  std::vector<std::string_view> texts;
  std::vector<std::string_view> names;  ///< one fewer
  std::string_view vietnamese;

  std::size_t length() const {
    std::size_t sum = 0;
    for (const auto text : texts) sum += text.size();
    return sum;
  }
};

Pattern pattern_of(const Phrase& phrase) {
  Pattern pattern{{}, {}, phrase.vietnamese};
  auto rest = phrase.english;
  for (auto open = rest.find('{'); open != std::string_view::npos; open = rest.find('{')) {
    const auto close = rest.find('}', open);
    if (close == std::string_view::npos) break;
    pattern.texts.push_back(rest.substr(0, open));
    pattern.names.push_back(rest.substr(open + 1, close - open - 1));
    rest.remove_prefix(close + 1);
  }
  pattern.texts.push_back(rest);
  return pattern;
}

using Values = std::vector<std::string_view>;

bool may_be(std::string_view value, std::string_view name) {
  if (value.empty()) return name == "name";  // a certificate's may be
  if (name == "PEER") return value == "server" || value == "client";
  return name != "n" || value.find_first_not_of("-0123456789") == std::string_view::npos;
}

bool match_from(const Pattern& pattern, std::size_t slot, std::string_view rest, Values& values) {
  const auto next = pattern.texts[slot + 1];
  if (slot + 1 == pattern.names.size()) {
    if (!rest.ends_with(next)) return false;
    values[slot] = rest.substr(0, rest.size() - next.size());
    return may_be(values[slot], pattern.names[slot]);
  }
  const auto shortest = pattern.names[slot] == "name" ? std::size_t{0} : std::size_t{1};
  for (auto at = rest.find(next, shortest); at != std::string_view::npos; at = rest.find(next, at + 1)) {
    values[slot] = rest.substr(0, at);
    if (may_be(values[slot], pattern.names[slot]) &&
        match_from(pattern, slot + 1, rest.substr(at + next.size()), values))
      return true;
  }
  return false;
}

std::optional<Values> match(const Pattern& pattern, std::string_view text) {
  if (!text.starts_with(pattern.texts.front()) || !text.ends_with(pattern.texts.back())) return std::nullopt;
  Values values(pattern.names.size());
  if (!match_from(pattern, 0, text.substr(pattern.texts.front().size()), values)) return std::nullopt;
  return values;
}

std::string put_in(std::string_view text,
                   const std::vector<std::pair<std::string_view, std::string>>& values) {
  std::string whole;
  while (!text.empty()) {
    const auto open = text.find('{');
    whole += text.substr(0, open);
    if (open == std::string_view::npos) break;
    const auto close = text.find('}', open);
    const auto name = text.substr(open + 1, close - open - 1);
    const auto value =
        std::find_if(values.begin(), values.end(), [&](const auto& each) { return each.first == name; });
    whole += value == values.end() ? std::string(text.substr(open, close - open + 1)) : value->second;
    text.remove_prefix(close == std::string_view::npos ? text.size() : close + 1);
  }
  return whole;
}

bool is_sentence(std::string_view name) {
  return !name.empty() && name.front() >= 'A' && name.front() <= 'Z';
}

/// What stands between sentences of one text.
constexpr std::array<std::string_view, 5> separators{"; ", ". ", ": ", " (", ", "};
/// The one option whose name is a line of the catalogue: before a colon it is that.
constexpr std::string_view option_name = "client";
constexpr int max_depth = 12;
// A peer may have chosen a part of it.
constexpr std::size_t max_length = 4096;
constexpr int max_places = 16;  ///< of one separator

class Catalogue {
 public:
  Catalogue() {
    for (const auto& phrase : phrases()) {
      whole_.emplace(phrase.english, phrase.vietnamese);
      if (phrase.english.find('{') != std::string_view::npos) patterns_.push_back(pattern_of(phrase));
    }
    // What says more comes first.
    std::stable_sort(patterns_.begin(), patterns_.end(),
                     [](const Pattern& a, const Pattern& b) { return a.length() > b.length(); });
  }

  std::string_view vietnamese_of(std::string_view english) const {
    const auto found = whole_.find(english);
    return found == whole_.end() ? std::string_view{} : found->second;
  }

  std::string translated(std::string_view text, int depth = 0) const {
    if (depth > max_depth || text.size() > max_length) return std::string(text);
    if (auto sentence = one(text, depth)) return std::move(*sentence);
    if (auto several = in_parts(text, depth)) return std::move(*several);
    return std::string(text);
  }

 private:
  /// A text that is one sentence of the catalogue, with or without its full stop.
  std::optional<std::string> one(std::string_view text, int depth) const {
    if (const auto whole = vietnamese_of(text); !whole.empty()) return std::string(whole);
    for (const auto& pattern : patterns_)
      if (const auto values = match(pattern, text)) {
        std::vector<std::pair<std::string_view, std::string>> put;
        for (std::size_t i = 0; i < pattern.names.size(); ++i)
          put.emplace_back(pattern.names[i], is_sentence(pattern.names[i])
                                                 ? translated((*values)[i], depth + 1)
                                                 : value_of(pattern, i, (*values)[i]));
        return put_in(pattern.vietnamese, put);
      }
    if (!text.ends_with('.')) return std::nullopt;
    auto without = one(text.substr(0, text.size() - 1), depth + 1);
    if (without) *without += '.';
    return without;
  }

  /// What is put in as it is. At a sentence's beginning there may be others before it: "the reload failed:
  /// mailtap.toml:1:1: cert: warning: a.pem" before " expired on ...".
  std::string value_of(const Pattern& pattern, std::size_t slot, std::string_view value) const {
    std::string whole;
    if (slot == 0 && pattern.texts.front().empty())
      for (auto end = value.find(": "); end != std::string_view::npos; end = value.find(": ")) {
        const auto part = value.substr(0, end);
        const auto sentence = part == option_name ? std::string_view{} : vietnamese_of(part);
        whole += std::string(sentence.empty() ? part : sentence) + ": ";
        value.remove_prefix(end + 2);
      }
    return whole + std::string(value);
  }

  std::optional<std::string> in_parts(std::string_view text, int depth) const {
    for (const auto separator : separators) {
      auto at = text.find(separator);
      for (int places = 0; at != std::string_view::npos && places < max_places; ++places) {
        const auto rest = text.substr(at + separator.size());
        if (separator == ": " && text.substr(0, at) == option_name) break;
        auto first = one(text.substr(0, at), depth + 1);
        // "One thing. Another.": the stop belongs to the first.
        if (!first && separator == ". ") {
          first = one(text.substr(0, at + 1), depth + 1);
          if (first) first->pop_back();
        }
        if (first) return *first + std::string(separator) + after(separator, rest, depth);
        at = text.find(separator, at + 1);
      }
    }
    // What begins with something else, such as a name, may go on with a sentence.
    const auto [at, separator] = first_separator(text);
    if (at == std::string_view::npos) return std::nullopt;
    const auto rest = text.substr(at + separator.size());
    auto last = after(separator, rest, depth);
    if (last == rest) return std::nullopt;
    return std::string(text.substr(0, at + separator.size())) + last;
  }

  std::string after(std::string_view separator, std::string_view rest, int depth) const {
    if (separator == " (" && rest.ends_with(')'))
      return translated(rest.substr(0, rest.size() - 1), depth + 1) + ")";
    return translated(rest, depth + 1);
  }

  static std::pair<std::size_t, std::string_view> first_separator(std::string_view text) {
    std::pair<std::size_t, std::string_view> first{std::string_view::npos, {}};
    for (const auto separator : separators)
      if (const auto at = text.find(separator); at < first.first) first = {at, separator};
    return first;
  }

  std::unordered_map<std::string_view, std::string_view> whole_;
  std::vector<Pattern> patterns_;
};

const Catalogue& catalogue() {
  static const Catalogue all;
  return all;
}

}  // namespace

const std::vector<Phrase>& phrases() {
  static const auto all = [] {
    std::vector<Phrase> list;
    for (auto file = phrases_file; !file.empty();) {
      const auto line = file.substr(0, file.find('\n'));
      file.remove_prefix(std::min(file.size(), line.size() + 1));
      const auto tab = line.find('\t');
      if (!line.starts_with('#') && tab != std::string_view::npos)
        list.push_back({line.substr(0, tab), line.substr(tab + 1)});
    }
    return list;
  }();
  return all;
}

std::string said(Language language, std::string_view english, const std::vector<std::string>& values) {
  const auto pattern = pattern_of({english, {}});
  std::vector<std::pair<std::string_view, std::string>> put;
  for (std::size_t i = 0; i < std::min(values.size(), pattern.names.size()); ++i)
    put.emplace_back(pattern.names[i],
                     is_sentence(pattern.names[i]) ? in_language(values[i], language) : values[i]);
  return put_in(template_in(english, language), put);
}

std::string_view template_in(std::string_view english, Language language) {
  if (language == Language::english) return english;
  const auto found = catalogue().vietnamese_of(english);
  return found.empty() ? english : found;
}

std::string in_language(std::string_view sentence, Language language) {
  if (language == Language::english || sentence.empty()) return std::string(sentence);
  return catalogue().translated(sentence);
}

}  // namespace mailtap
