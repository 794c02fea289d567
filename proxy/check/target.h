// What `mailtap check` is asked to look at.
#pragma once

#include <string>
#include <string_view>

#include "config/base/result.h"
#include "config/endpoint.h"
#include "proxy/probe/starttls.h"

namespace mailtap::check {

using probe::Starttls;

struct Target {
  std::string text;           ///< as the user wrote it
  config::Endpoint endpoint;  ///< of a server
  Starttls starttls = Starttls::none;
  std::string file{};    ///< with the chain, instead of a server; empty: it is a server
  std::string scheme{};  ///< of the URL, in lower case; empty: it was no URL

  bool is_file() const { return !file.empty(); }
};

/// A URL (https, smtps, pop3s, imaps, ldaps: TLS at once; smtp, pop3, imap: STARTTLS), HOST, HOST:PORT,
/// [IPV6]:PORT, an IPv6 address alone, or a file's name. `starttls` is --starttls: it goes with what isn't a
/// URL, or with the URL of the same protocol. `is_file`: there is a file of that name.
Result<Target> parse_target(std::string_view text, Starttls starttls, bool is_file);

}  // namespace mailtap::check
