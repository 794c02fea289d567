// What `mailtap check` is asked to look at.
#pragma once

#include <string>
#include <string_view>

#include "config/base/result.h"
#include "config/settings.h"

namespace mailtap::check {

/// How TLS begins.
enum class Starttls {
  none,  ///< at once
  smtp,  ///< after a dialogue in plain text: RFC 3207
  pop3,  ///< RFC 2595 section 4
  imap,  ///< RFC 2595 section 3, RFC 9051 section 6.2.1
};
std::string_view to_string(Starttls protocol);

struct Target {
  std::string text;           ///< as the user wrote it
  config::Endpoint endpoint;  ///< of a server
  Starttls starttls = Starttls::none;
  std::string file;  ///< with the chain, instead of a server; empty: it is a server

  bool is_file() const { return !file.empty(); }
};

/// A URL (https, smtps, pop3s, imaps: TLS at once; smtp, pop3, imap: STARTTLS), HOST, HOST:PORT, [IPV6]:PORT,
/// an IPv6 address alone, or a file's name. `starttls` is --starttls: it goes with what isn't a URL, or with
/// the URL of the same protocol. `is_file`: there is a file of that name.
Result<Target> parse_target(std::string_view text, Starttls starttls, bool is_file);

}  // namespace mailtap::check
