#include <algorithm>
#include <charconv>
#include <utility>

#include "config/base/words.h"
#include "inspect/mail/sasl.h"
#include "proxy/starttls/dialects.h"

namespace mailtap::starttls {

namespace {

/// RFC 9051 section 9: any ASTRING-CHAR except "+".
bool is_tag(std::string_view tag) {
  constexpr std::size_t longest = 64;
  return !tag.empty() && tag.size() <= longest && std::all_of(tag.begin(), tag.end(), [](char c) {
    return c > ' ' && c < '\x7f' && std::string_view("(){%*\"\\+").find(c) == std::string_view::npos;
  });
}

/// That a line announces: {14} waits until the server asks for it, {14+} comes unasked.
struct Literal {
  std::size_t size = 0;
  bool unasked = false;
};

std::optional<Literal> announced_by(std::string_view line) {
  if (!line.ends_with('}')) return std::nullopt;
  line.remove_suffix(1);
  Literal literal;
  literal.unasked = line.ends_with('+');
  if (literal.unasked) line.remove_suffix(1);
  const auto digits = line.substr(line.rfind('{') + 1);  // where there is none, all of the line
  const auto* const end = digits.data() + digits.size();
  const auto [stopped, problem] = std::from_chars(digits.data(), end, literal.size);
  if (problem != std::errc() || stopped != end) return std::nullopt;
  return literal;
}

/// As much of a command as the client says without waiting for the server.
struct Piece {
  std::size_t size = 0;  // 0: it isn't whole
  bool has_unasked_literal = false;
  std::optional<std::size_t> announced;  // at its end
};

/// `held` begins with `literal` bytes of a literal.
Piece first_piece(std::string_view held, std::size_t literal) {
  Piece piece;
  for (auto at = literal; at <= held.size();) {
    const auto line = first_line(held.substr(at));
    if (!line) break;
    at = held.find('\n', at) + 1;
    const auto next = announced_by(*line);
    if (!next || !next->unasked) {
      piece.size = at;
      if (next) piece.announced = next->size;
      return piece;
    }
    piece.has_unasked_literal = true;
    if (next->size > held.size() - at) break;
    at += next->size;
  }
  return {};
}

}  // namespace

Answer ImapDialect::greeting(std::string_view line) {
  auto rest = line;
  if (take_word(rest) != "*") return Answer::invalid;
  const auto word = take_word(rest);
  note_capabilities(line);
  if (is_any_of(word, {"OK"})) return Answer::agreed;
  if (is_any_of(word, {"PREAUTH"})) {
    // Somebody is logged in already, after which there is no STARTTLS (RFC 9051 section 7.1.4).
    offers_starttls_ = false;
    return Answer::agreed;
  }
  if (!is_any_of(word, {"BYE"})) return Answer::invalid;
  status_ = "BYE";
  return Answer::refused;
}

std::size_t ImapDialect::size_of_command(std::string_view held) const {
  return first_piece(held, asked_for_.value_or(0)).size;
}

Command ImapDialect::command(std::string_view whole) {
  const auto piece = first_piece(whole, asked_for_.value_or(0));
  const bool is_rest = std::exchange(asked_for_, std::nullopt).has_value();
  const auto line = *first_line(whole);
  if (!is_rest && line.empty()) return Command::nothing;
  announced_.reset();
  const auto command = is_rest ? Command::harmless : command_by_name(line);
  has_unasked_literal_ = piece.has_unasked_literal || (is_rest && has_unasked_literal_);
  refuses_literal_ = command == Command::harmless && piece.has_unasked_literal && !takes_unasked_literals_;
  if (refuses_literal_) return is_rest ? Command::malformed : Command::other;
  if (command == Command::harmless) announced_ = piece.announced;
  return command;
}

Command ImapDialect::command_by_name(std::string_view line) {
  const bool has_literal = line.ends_with('}');
  const auto tag = take_word(line);
  const auto verb = take_word(line);
  if (!is_tag(tag) || verb.empty()) return Command::malformed;
  tag_ = tag;
  if (is_any_of(verb, {"AUTHENTICATE"})) {
    begin_sasl(line);  // a response after it: RFC 4959
    return Command::authentication;
  }
  if (is_any_of(verb, {"LOGIN"})) {
    log_in_without_sasl(inspect::login_brings_password(line));
    return Command::authentication;
  }
  if (is_any_of(verb, {"ID"})) return Command::harmless;
  if (!is_any_of(verb, {"CAPABILITY", "NOOP", "LOGOUT", "STARTTLS"})) return Command::other;
  // They have no arguments: nothing may stand behind STARTTLS, as a literal either.
  if (has_literal) return Command::malformed;
  if (is_any_of(verb, {"LOGOUT"})) return Command::leave;
  return is_any_of(verb, {"STARTTLS"}) ? Command::starttls : Command::harmless;
}

Answer ImapDialect::answer(std::string_view line) {
  if (may_come_unasked(line)) {
    note_capabilities(line);
    return Answer::more;
  }
  auto rest = line;
  const auto tag = take_word(rest);
  const auto announced = std::exchange(announced_, std::nullopt);
  if (announced && tag == "+") {
    asked_for_ = announced;
    return Answer::agreed;
  }
  if (tag != tag_) return Answer::invalid;
  const auto word = take_word(rest);
  note_capabilities(line);
  for (const auto* status : {"OK", "NO", "BAD"}) {
    if (!equal_ignoring_case(word, status)) continue;
    status_ = status;
    return status_ == "OK" ? Answer::agreed : Answer::refused;
  }
  return Answer::invalid;
}

/// What a server that nobody is logged in to may say untagged; anything else would be put in its mouth to be
/// believed after TLS has begun.
bool ImapDialect::may_come_unasked(std::string_view line) const {
  if (take_word(line) != "*") return false;
  return is_any_of(take_word(line), {"OK", "NO", "BAD", "BYE", "CAPABILITY", "ID"});
}

/// "* CAPABILITY IMAP4rev1 STARTTLS", or as a code: "* OK [CAPABILITY IMAP4rev1 STARTTLS] ready".
void ImapDialect::note_capabilities(std::string_view line) {
  take_word(line);
  auto list = line;
  if (!is_any_of(take_word(list), {"CAPABILITY"})) {
    if (!is_any_of(take_word(list), {"[CAPABILITY"})) return;
    list = list.substr(0, list.find(']'));
  }
  offers_starttls_ = has_word(list, "STARTTLS");
  // RFC 7888 sections 4 and 5; RFC 9051 has them without saying so.
  takes_unasked_literals_ =
      has_word(list, "LITERAL+") || has_word(list, "LITERAL-") || has_word(list, "IMAP4rev2");
}

std::string ImapDialect::needs_tls(Command) const {
  if (refuses_literal_) return tag_ + " BAD the server hasn't offered LITERAL+\r\n";
  return tag_ + " NO [PRIVACYREQUIRED] TLS is required before this: send STARTTLS first\r\n";  // RFC 5530
}

std::string ImapDialect::farewell(Awaited awaited, std::string_view why) const {
  const auto bye = "* BYE " + std::string(why) + "\r\n";
  return awaited == Awaited::answer ? bye + tag_ + " NO " + std::string(why) + "\r\n" : bye;
}

}  // namespace mailtap::starttls
