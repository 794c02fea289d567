#include "config/base/words.h"
#include "proxy/starttls/dialects.h"

namespace mailtap::starttls {

Command SmtpDialect::command(std::string_view whole) {
  auto line = *first_line(whole);
  const auto verb = take_word(line);
  lists_ = is_any_of(verb, {"EHLO", "LHLO"});  // LMTP: RFC 2033
  if (lists_ || is_any_of(verb, {"HELO", "NOOP", "RSET", "HELP"})) return Command::harmless;
  if (is_any_of(verb, {"QUIT"})) return Command::leave;
  if (is_any_of(verb, {"STARTTLS"})) return Command::starttls;
  if (is_any_of(verb, {"AUTH"})) {
    begin_sasl(line);
    return Command::authentication;
  }
  return Command::other;
}

/// 250-first, 250-more, 250 last: one code for all lines (RFC 5321 section 4.2.1).
Answer SmtpDialect::answer(std::string_view line) {
  const auto code = line.substr(0, 3);
  if (!is_smtp_reply(line)) return Answer::invalid;
  if (has_line_ && code != status_) return Answer::invalid;
  if (!has_line_) listed_ = false;
  // The first line of a list is the server's name, whatever it is.
  if (has_line_ && lists_ && line.size() > 4) {
    auto keyword = line.substr(4);
    if (is_any_of(take_word(keyword), {"STARTTLS"})) listed_ = true;
  }
  status_ = code;
  has_line_ = line.size() > 3 && line[3] == '-';
  if (has_line_) return Answer::more;
  if (lists_ && code[0] == '2') offers_starttls_ = listed_;
  return code[0] == '2' || code[0] == '3' ? Answer::agreed : Answer::refused;
}

/// A server that wants EHLO first says so (RFC 3207 section 4, RFC 5321 section 4.2.2).
bool SmtpDialect::may_ask_again() const {
  return status_ == "503" || status_ == "501";
}

/// A server that shuts down or has waited too long says so (RFC 5321 section 3.8).
bool SmtpDialect::may_come_unasked(std::string_view line) const {
  return line.starts_with("421");
}

std::string SmtpDialect::needs_tls(Command command) const {
  // RFC 4954 section 6 and RFC 3207 section 4.
  return command == Command::authentication ? "538 5.7.11 Encryption is required: send STARTTLS first\r\n"
                                            : "530 5.7.0 Must issue a STARTTLS command first\r\n";
}

std::string SmtpDialect::farewell(Awaited, std::string_view why) const {
  return "421 4.7.0 " + std::string(why) + "\r\n";
}

}  // namespace mailtap::starttls
