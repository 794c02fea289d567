#include "inspect/tap.h"

#include "inspect/http/http_tap.h"

namespace mailtap::inspect {

std::unique_ptr<Tap> make_tap(config::Protocol protocol, const TapContext& context, ExchangeSink& sink) {
  switch (protocol) {
    case config::Protocol::http: return std::make_unique<http::HttpTap>(context, sink);
    case config::Protocol::automatic:
    case config::Protocol::smtp:
    case config::Protocol::pop3:
    case config::Protocol::imap:
    case config::Protocol::raw: return nullptr;
  }
  return nullptr;
}

}  // namespace mailtap::inspect
