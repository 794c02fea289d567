// POP3: RFC 1939; CAPA and PIPELINING (2449), AUTH (5034).
#pragma once

#include "inspect/mail/mail_tap.h"

namespace mailtap::inspect {

class Pop3Tap final : public MailTap {
 public:
  Pop3Tap(const TapContext& context, ExchangeSink& sink);

 private:
  void client_line(const Line& line) override;
  void server_line(const Line& line) override;
  void list_ended();

  bool greeted_;
  bool authenticating_ = false;  // the client's next line is part of AUTH
  bool in_list_ = false;         // the server's lines go on until "."
  bool by_crlf_ = true;          // it ends its lines with CRLF, so a list with CRLF.CRLF alone
  bool after_crlf_ = false;      // what stands before the line
  /// The last line was a dot, but not between CRLFs: bytes that were counted for it.
  std::optional<std::uint64_t> loose_end_;
};

}  // namespace mailtap::inspect
