// SMTP: RFC 5321; PIPELINING (2920), AUTH (4954), CHUNKING (3030).
#pragma once

#include "inspect/mail/mail_tap.h"

namespace mailtap::inspect {

class SmtpTap final : public MailTap {
 public:
  SmtpTap(const TapContext& context, ExchangeSink& sink);

 private:
  /// What the client's next line is.
  enum class Expect { command, authentication, message };

  void client_line(const Line& line) override;
  void server_line(const Line& line) override;
  void chunk(Command& command, std::string_view arguments);
  void replied(const Line& line, std::string_view code);

  Expect expect_ = Expect::command;
  bool greeted_;
  std::uint64_t chunked_ = 0;  // bytes of the message in BDAT chunks so far
};

}  // namespace mailtap::inspect
