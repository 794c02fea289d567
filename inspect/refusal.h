// Refusals that no certificate mends: what a server's answer says by its codes and a few known words. Of the
// answer nothing is kept but the finding.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "inspect/exchange.h"

namespace mailtap::inspect {

/// Of a reply of SMTP ("535 5.7.139 ..."), POP3 ("-ERR ...") or IMAP ("NO ...") that refuses. Enhanced codes
/// are RFC 3463's, their meanings Exchange Online's. `scheme`: of the authentication that is refused; none:
/// of another command.
std::optional<TrafficFinding> finding_of_reply(std::string_view reply, AuthScheme scheme);

/// What is read of a response's head for that.
struct HttpRefusal {
  bool throttled = false;                              ///< X-MS-Diagnostics says so
  bool ews_blocked = false;                            ///< the same
  bool basic_blocked = false;                          ///< the same
  bool retry_after = false;                            ///< Retry-After is there (RFC 9110 section 10.2.3)
  std::optional<std::uint32_t> retry_after_seconds{};  ///< as it says; nothing: it is a date
  bool offers_any = false;                             ///< WWW-Authenticate is there
  bool offers_basic = false;                           ///< and Basic is among what it offers

  /// X-MS-Diagnostics, X-MS-Diag: "2000003;reason=\"...\";error_category=\"...\"".
  void add_diagnostics(std::string_view value);
  void add_retry_after(std::string_view value);
  /// One WWW-Authenticate field.
  void add_offer(std::string_view value);
};

/// Of an exchange whose authentication is known already.
std::optional<TrafficFinding> finding_of_response(const HttpRefusal& refusal, unsigned status,
                                                  const Exchange& exchange);

}  // namespace mailtap::inspect
