#include "inspect/http/http_tap.h"
#include "inspect/http2/http2_tap.h"
#include "inspect/mail/imap_tap.h"
#include "inspect/mail/pop3_tap.h"
#include "inspect/mail/smtp_tap.h"
#include "inspect/observer/observer.h"

namespace mailtap::inspect {

std::unique_ptr<Tap> make_tap(config::Protocol protocol, const TapContext& context, ExchangeSink& sink) {
  switch (protocol) {
    case config::Protocol::http:
      if (context.http2) return std::make_unique<http2::Http2Tap>(context, sink);
      return std::make_unique<http::HttpTap>(context, sink);
    case config::Protocol::smtp: return std::make_unique<SmtpTap>(context, sink);
    case config::Protocol::pop3: return std::make_unique<Pop3Tap>(context, sink);
    case config::Protocol::imap: return std::make_unique<ImapTap>(context, sink);
    case config::Protocol::automatic:
    case config::Protocol::raw: return nullptr;
  }
  return nullptr;
}

}  // namespace mailtap::inspect
