#include <algorithm>
#include <charconv>

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

/// Of the literal that a line announces: {14+}.
std::optional<std::size_t> size_of_unasked_literal(std::string_view line) {
  if (!line.ends_with("+}")) return std::nullopt;
  line.remove_suffix(2);
  const auto digits = line.substr(line.rfind('{') + 1);  // where there is none, all of the line
  std::size_t size = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
  return problem == std::errc() && end == digits.data() + digits.size() ? std::optional(size) : std::nullopt;
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

/// With literals that come without being asked for, each followed by the rest of the command (RFC 7888).
std::size_t ImapDialect::size_of_command(std::string_view held) const {
  for (std::size_t at = 0;;) {
    const auto line = first_line(held.substr(at));
    if (!line) return 0;
    at = held.find('\n', at) + 1;
    const auto literal = size_of_unasked_literal(*line);
    if (!literal) return at;
    if (*literal > held.size() - at) return 0;
    at += *literal;
  }
}

Command ImapDialect::command(std::string_view line) {
  if (line.empty()) return Command::nothing;
  const bool waits = line.ends_with('}') && !size_of_unasked_literal(line);
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
  if (waits) return Command::other;
  if (is_any_of(verb, {"CAPABILITY", "NOOP", "ID"})) return Command::harmless;
  if (is_any_of(verb, {"LOGOUT"})) return Command::leave;
  if (is_any_of(verb, {"STARTTLS"})) return Command::starttls;
  return Command::other;
}

Answer ImapDialect::answer(std::string_view line) {
  if (may_come_unasked(line)) {
    note_capabilities(line);
    return Answer::more;
  }
  auto rest = line;
  if (take_word(rest) != tag_) return Answer::invalid;
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
}

std::string ImapDialect::needs_tls(Command) const {
  return tag_ + " NO [PRIVACYREQUIRED] TLS is required before this: send STARTTLS first\r\n";  // RFC 5530
}

std::string ImapDialect::farewell(Awaited awaited, std::string_view why) const {
  const auto bye = "* BYE " + std::string(why) + "\r\n";
  return awaited == Awaited::answer ? bye + tag_ + " NO " + std::string(why) + "\r\n" : bye;
}

}  // namespace mailtap::starttls
