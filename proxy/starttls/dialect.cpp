#include "proxy/starttls/dialect.h"

#include "config/base/words.h"
#include "proxy/starttls/dialects.h"

namespace mailtap::starttls {

std::optional<Protocol> protocol_of_greeting(std::string_view line) {
  // RFC 5321 section 4.3.2. With 200 and 201 NNTP's servers greet.
  if (is_smtp_reply(line) && (line.starts_with("220") || line[0] == '4' || line[0] == '5'))
    return Protocol::smtp;
  const auto word = take_word(line);
  if (is_any_of(word, {"+OK", "-ERR"})) return Protocol::pop3;
  if (word == "*") return Protocol::imap;
  return std::nullopt;
}

std::unique_ptr<Dialect> Dialect::of(Protocol protocol) {
  switch (protocol) {
    case Protocol::smtp: return std::make_unique<SmtpDialect>();
    case Protocol::pop3: return std::make_unique<Pop3Dialect>();
    default: return std::make_unique<ImapDialect>();
  }
}

std::optional<std::string_view> first_line(std::string_view held) {
  const auto end = held.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  return held.substr(0, end > 0 && held[end - 1] == '\r' ? end - 1 : end);
}

std::size_t Dialect::size_of_command(std::string_view held) const {
  return held.find('\n') + 1;
}

void Dialect::begin_sasl(std::string_view arguments) {
  sasl_ = inspect::SaslClient(take_word(arguments));
  carries_credentials_ = sasl_.brings_credentials(arguments);
}

void Dialect::log_in_without_sasl(bool with_credentials) {
  sasl_ = inspect::SaslClient();
  carries_credentials_ = with_credentials;
}

}  // namespace mailtap::starttls
