// What to do about a verdict: a sentence for each remedy, and the same as steps with commands.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "certs/advice/server.h"
#include "certs/verify/question.h"

namespace mailtap::certs {

struct Verdict;

/// What to do about it, a sentence for each remedy; empty when the verdict is acceptable and no end is near.
std::string advice(const Verdict& verdict, Language language);

/// Where the certificate was seen: what commands are written with, and whose words steps are in.
struct Source {
  std::string host;  ///< connected to; empty: the name asked for
  std::uint16_t port = 443;
  std::string starttls;              ///< smtp, pop3, imap; empty: TLS at once
  std::string file;                  ///< it came out of this file instead
  std::optional<Service> service{};  ///< nothing: by port and STARTTLS
  Product product = Product::unknown;
};
/// The same remedies as concrete steps with commands.
std::vector<std::string> steps(const Verdict& verdict, Language language, const Source& source = {});
/// How that server is made to speak TLS 1.2.
std::string step_to_newer_tls(Language language, const Source& source);

}  // namespace mailtap::certs
