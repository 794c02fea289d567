// The three dialects; Dialect::of() makes them.
#pragma once

#include "proxy/starttls/dialect.h"

namespace mailtap::starttls {

/// RFC 5321; STARTTLS: RFC 3207; AUTH: RFC 4954.
class SmtpDialect final : public Dialect {
 public:
  Answer greeting(std::string_view line) override { return answer(line); }
  Command command(std::string_view whole) override;
  Answer answer(std::string_view line) override;
  bool may_come_unasked(std::string_view line) const override;
  bool may_ask_again() const override;
  std::string needs_tls(Command command) const override;
  std::string farewell(Awaited awaited, std::string_view why) const override;

 private:
  bool lists_ = false;     // the command under way is EHLO
  bool has_line_ = false;  // of the answer under way, with the code in status_
  bool listed_ = false;    // STARTTLS among its lines
};

/// RFC 1939; STLS: RFC 2595; CAPA: RFC 2449.
class Pop3Dialect final : public Dialect {
 public:
  Answer greeting(std::string_view line) override;
  Command command(std::string_view whole) override;
  Answer answer(std::string_view line) override;
  bool may_come_unasked(std::string_view line) const override;
  std::string needs_tls(Command command) const override;
  std::string farewell(Awaited awaited, std::string_view why) const override;

 private:
  bool lists_ = false;    // the command under way is CAPA
  bool in_list_ = false;  // its lines go on until "."
  bool listed_ = false;
};

/// RFC 9051 and 3501; literals: RFC 7888.
class ImapDialect final : public Dialect {
 public:
  Answer greeting(std::string_view line) override;
  std::size_t size_of_command(std::string_view held) const override;
  Command command(std::string_view whole) override;
  bool command_goes_on() const override { return asked_for_.has_value(); }
  bool may_be_misread() const override { return has_unasked_literal_; }
  Answer answer(std::string_view line) override;
  bool may_come_unasked(std::string_view line) const override;
  std::string needs_tls(Command command) const override;
  std::string farewell(Awaited awaited, std::string_view why) const override;

 private:
  Command command_by_name(std::string_view line);
  void note_capabilities(std::string_view line);

  std::string tag_;                   // of the command under way
  bool has_unasked_literal_ = false;  // the same
  bool refuses_literal_ = false;      // as the server doesn't take such
  bool takes_unasked_literals_ = false;
  std::optional<std::size_t> announced_;  // a literal of so many bytes waits for the server
  std::optional<std::size_t> asked_for_;  // the server waits for it
};

}  // namespace mailtap::starttls
