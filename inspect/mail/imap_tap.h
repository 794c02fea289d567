// IMAP: RFC 9051 and 3501; literals without waiting (7888), IDLE (2177), COMPRESS (4978).
#pragma once

#include "inspect/mail/mail_tap.h"

namespace mailtap::inspect {

class ImapTap final : public MailTap {
 public:
  ImapTap(const TapContext& context, ExchangeSink& sink);

 private:
  /// `{310}` or `{310+}` at the end of a line.
  struct Literal {
    std::uint64_t size;
    bool unasked;  ///< it follows without the server's "+"
  };
  static std::optional<Literal> literal_of(const Line& line);

  void client_line(const Line& line) override;
  void begin_command(const Line& line);
  void note_names(Command& command, std::string_view arguments) const;
  void client_literal(const Line& line);
  void server_line(const Line& line) override;
  void untagged(const Line& line, std::string_view rest);
  void server_literal(const Line& line);
  void continued();
  void tagged(const Line& line, std::string_view tag, std::string_view rest);
  Command* of_tag(std::string_view tag);

  bool greeted_;
  std::string sending_tag_;                    // of the command whose lines the client is in; empty: none
  std::optional<std::uint64_t> asks_literal_;  // the client waits for "+" to send so many bytes
  bool answers_ = false;                       // the client's next line answers a "+": credentials, DONE
  bool in_response_ = false;                   // the server's line goes on after a literal
  bool in_fetch_ = false;                      // and the response is a FETCH
};

}  // namespace mailtap::inspect
