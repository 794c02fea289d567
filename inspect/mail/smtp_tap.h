// SMTP: RFC 5321; PIPELINING (2920), AUTH (4954), CHUNKING (3030). LMTP: RFC 2033.
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
  bool holds_client() const override;
  void begin_message();
  void message_line(const Line& line);
  void message_ended();
  bool may_be_of_next();
  bool awaits_more(Command& command, bool& failed);
  void chunk(Command& command, std::string_view arguments);
  void replied(const Line& line, std::string_view code);

  Expect expect_ = Expect::command;
  bool greeted_;
  bool takes_lf_ = false;   // the server has answered a line that ends with LF alone
  bool after_crlf_ = true;  // what stands before the line of a message
  /// The last line of the message was a dot, but not between CRLFs: bytes that were counted for it.
  std::optional<std::uint64_t> loose_end_;
  bool lmtp_ = false;
  unsigned recipients_ = 0;    // accepted of the message under way
  bool taken_ = false;         // LMTP: one of them has
  std::uint64_t chunked_ = 0;  // bytes of the message in BDAT chunks so far
};

}  // namespace mailtap::inspect
