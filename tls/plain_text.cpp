#include "tls/plain_text.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "config/base/text.h"
#include "tls/alert.h"
#include "tls/wire.h"

namespace mailtap::tls {

namespace {

struct Look {
  std::string_view prefix;  ///< lower-case
  std::string_view name;
};

constexpr std::string_view proxy_protocol_v2("\r\n\r\n\0\r\nQUIT\n", 12);

constexpr std::string_view http_response = "an HTTP response in plain text";

constexpr std::string_view xmpp =
    "XMPP in plain text (mailtap knows no STARTTLS of it; mode observe lets it pass unread)";

// Longer prefixes come before those that they begin with.
constexpr std::array looks = {
    Look{"http/", http_response},
    Look{"<html", http_response},  // of HTTP/0.9's form, which some answer to what they can't read
    Look{"<!doc", http_response},
    Look{"connect ", "an HTTP CONNECT request (mailtap is configured as a proxy there)"},
    Look{"get ", "an HTTP request in plain text"},
    Look{"post ", "an HTTP request in plain text"},
    Look{"head ", "an HTTP request in plain text"},
    Look{"put ", "an HTTP request in plain text"},
    Look{"options ", "an HTTP request in plain text"},
    Look{"propfind ", "an HTTP request in plain text"},
    Look{"search ", "an HTTP request in plain text"},
    Look{"pri * http/2", "an HTTP/2 request in plain text"},
    Look{"220", "an SMTP greeting in plain text"},
    Look{"421 ", "an SMTP refusal in plain text"},
    Look{"554", "an SMTP refusal in plain text"},
    Look{"ehlo ", "an SMTP client in plain text"},
    Look{"helo ", "an SMTP client in plain text"},
    Look{"+ok", "a POP3 greeting in plain text"},
    Look{"-err", "a POP3 refusal in plain text"},
    Look{"capa", "a POP3 client in plain text"},
    Look{"user ", "a POP3 client in plain text"},
    Look{"* ok", "an IMAP greeting in plain text"},
    Look{"* preauth", "an IMAP greeting in plain text"},
    Look{"* bye", "an IMAP refusal in plain text"},
    Look{"ssh-", "an SSH server"},
    Look{"<?xml", xmpp},
    Look{"<stream:", xmpp},
    Look{"proxy ", "a PROXY protocol header"},
};

bool is_printable(std::uint8_t byte) {
  return (byte >= 0x20 && byte < 0x7F) || byte == '\r' || byte == '\n' || byte == '\t';
}

/// An IMAP client's first line: a tag, a space, a command.
bool is_imap_command(std::string_view line) {
  const auto space = line.find(' ');
  if (space == std::string_view::npos || space == 0 || space > 12) return false;
  const auto command = line.substr(space + 1);
  return command.starts_with("capability") || command.starts_with("starttls") ||
         command.starts_with("login ") || command.starts_with("authenticate ");
}

}  // namespace

// Two bytes of length with the highest bit set, CLIENT-HELLO (1), a version.
bool is_sslv2_hello(Bytes start) {
  return start.size() >= 5 && (start[0] & 0x80) != 0 && start[2] == 1 &&
         (start[3] == 3 || (start[3] == 0 && start[4] == 2));
}

std::string what_it_looks_like(Bytes start) {
  if (is_sslv2_hello(start)) return "an SSLv2 client hello";
  if (start.size() >= 7 && start[0] == wire::alert && start[1] == 3)
    return "the TLS alert " + alert_text(start[6]);
  if (as_text(start).starts_with(proxy_protocol_v2)) return "a PROXY protocol header";

  const auto line = to_lower_ascii(as_text(start.first(std::min<std::size_t>(start.size(), 64))));
  for (const auto& look : looks)
    if (line.starts_with(look.prefix)) return std::string(look.name);
  if (is_imap_command(line)) return "an IMAP client in plain text";
  const auto probe = start.first(std::min<std::size_t>(start.size(), 8));
  if (probe.size() >= 4 && std::all_of(probe.begin(), probe.end(), is_printable)) return "plain text";
  return {};
}

bool is_http_response(Bytes start) {
  return what_it_looks_like(start) == http_response;
}

}  // namespace mailtap::tls
