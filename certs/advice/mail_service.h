// What the services that mailboxes live in refuse, by the calendar (certs/verify/dates.tsv).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/base/text.h"

namespace mailtap::certs {

/// "Exchange Online" by the name of one of its servers; "Exchange Server" by the greeting of SMTP, POP or
/// IMAP; empty: neither.
std::string_view mail_service_of(std::string_view name, std::string_view greeting);

/// A lint each: what the service refuses from those that speak `protocol` (http, smtp, pop3, imap), and what
/// it will refuse within a year.
std::vector<std::string> service_lints(std::string_view service, std::string_view protocol, Time at);

}  // namespace mailtap::certs
