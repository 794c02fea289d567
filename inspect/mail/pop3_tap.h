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

  bool greeted_;
  bool authenticating_ = false;  // the client's next line is part of AUTH
  bool in_list_ = false;         // the server's lines go on until "."
};

}  // namespace mailtap::inspect
