#include "proxy/starttls/opening.h"

#include "config/route.h"

namespace mailtap::starttls {

namespace {

/// Ports on which mail servers greet in plaintext; on others TLS comes first.
std::optional<Protocol> protocol_of_port(std::uint16_t port) {
  switch (port) {
    case 25:
    case 587: return Protocol::smtp;
    case 110: return Protocol::pop3;
    case 143: return Protocol::imap;
    default: return std::nullopt;
  }
}

/// Ports on which TLS comes first, by their registration: HTTPS, and mail by RFC 8314.
bool is_port_of_tls(std::uint16_t port) {
  return port == 443 || port == 465 || port == 993 || port == 995;
}

std::optional<Protocol> protocol_of(const config::Route& route, std::uint16_t port) {
  switch (route.protocol) {
    case config::Protocol::smtp: return Protocol::smtp;
    case config::Protocol::pop3: return Protocol::pop3;
    case config::Protocol::imap: return Protocol::imap;
    default: return protocol_of_port(port);
  }
}

}  // namespace

Opening opening_of(const config::Route& route, std::uint16_t port) {
  const bool may_greet = route.protocol != config::Protocol::http && route.protocol != config::Protocol::raw;
  if (!may_greet || route.starttls == false) return {};
  if (route.starttls == true) return {Begins::in_plaintext, protocol_of(route, port)};
  const bool mail_port = protocol_of_port(port).has_value();
  return {mail_port ? Begins::with_either : Begins::with_hello_unless_silent, protocol_of(route, port),
          !is_port_of_tls(port)};
}

}  // namespace mailtap::starttls
