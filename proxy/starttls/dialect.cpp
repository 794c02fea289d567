#include "proxy/starttls/dialect.h"

#include "proxy/starttls/dialects.h"
#include "proxy/starttls/words.h"

namespace mailtap::starttls {

std::optional<Protocol> protocol_of_greeting(std::string_view line) {
  if (line.size() >= 3 && is_digit(line[0]) && is_digit(line[1]) && is_digit(line[2]) &&
      (line.size() == 3 || line[3] == ' ' || line[3] == '-'))
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

void Dialect::begin_sasl(std::string_view arguments) {
  sasl_ = inspect::SaslClient(take_word(arguments));
  carries_credentials_ = sasl_.brings_credentials(arguments);
}

void Dialect::log_in_without_sasl(bool with_credentials) {
  sasl_ = inspect::SaslClient();
  carries_credentials_ = with_credentials;
}

}  // namespace mailtap::starttls
