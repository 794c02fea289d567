#include "config/base/words.h"
#include "proxy/starttls/dialects.h"

namespace mailtap::starttls {

Answer Pop3Dialect::greeting(std::string_view line) {
  return answer(line);
}

Command Pop3Dialect::command(std::string_view whole) {
  auto line = *first_line(whole);
  const auto verb = take_word(line);
  lists_ = is_any_of(verb, {"CAPA"});
  if (lists_ || is_any_of(verb, {"NOOP"})) return Command::harmless;
  if (is_any_of(verb, {"QUIT"})) return Command::leave;
  if (is_any_of(verb, {"STLS"})) return Command::starttls;
  if (is_any_of(verb, {"USER", "PASS", "APOP", "AUTH"})) {
    if (is_any_of(verb, {"AUTH"})) {
      begin_sasl(line);  // without a mechanism, a question
    } else {
      if (is_any_of(verb, {"APOP"})) take_word(line);  // the name
      log_in_without_sasl(!is_any_of(verb, {"USER"}) && !line.empty());
    }
    return Command::authentication;
  }
  return Command::other;
}

Answer Pop3Dialect::answer(std::string_view line) {
  if (in_list_) {
    auto keyword = line;
    if (is_any_of(take_word(keyword), {"STLS"})) listed_ = true;
    in_list_ = line != ".";
    if (in_list_) return Answer::more;
    offers_starttls_ = listed_;
    return Answer::agreed;
  }
  const auto word = take_word(line);
  if (is_any_of(word, {"-ERR"})) {
    status_ = "-ERR";
    return Answer::refused;
  }
  if (!is_any_of(word, {"+OK"})) return Answer::invalid;
  status_ = "+OK";
  listed_ = false;
  in_list_ = lists_;
  return in_list_ ? Answer::more : Answer::agreed;
}

/// A server that has waited too long may say so before it closes.
bool Pop3Dialect::may_come_unasked(std::string_view line) const {
  return is_any_of(take_word(line), {"-ERR"});
}

std::string Pop3Dialect::needs_tls(Command) const {
  return "-ERR TLS is required before this: send STLS first\r\n";
}

std::string Pop3Dialect::farewell(Awaited awaited, std::string_view why) const {
  return awaited == Awaited::nothing ? std::string{} : "-ERR " + std::string(why) + "\r\n";
}

}  // namespace mailtap::starttls
