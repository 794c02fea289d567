#include "certs/advice/mail_service.h"

#include <algorithm>
#include <array>

#include "certs/verify/dates.h"
#include "config/base/days.h"

namespace mailtap::certs {

namespace {

constexpr std::string_view exchange_online = "Exchange Online";
constexpr std::string_view exchange_server = "Exchange Server";

/// Hosts that Microsoft documents for Exchange Online ("Office 365 URLs and IP address ranges").
constexpr std::array<std::string_view, 4> online_domains{"office365.com", "outlook.office.com",
                                                         "mail.protection.outlook.com", "mx.microsoft"};

/// What Exchange says of itself: "Microsoft ESMTP MAIL Service ready", "The Microsoft Exchange IMAP4 service
/// is ready".
constexpr std::array<std::string_view, 2> greetings{"Microsoft ESMTP MAIL Service", "Microsoft Exchange "};

bool is_within(std::string_view name, std::string_view domain) {
  return name == domain || (name.size() > domain.size() && name.ends_with(domain) &&
                            name[name.size() - domain.size() - 1] == '.');
}

}  // namespace

std::string_view mail_service_of(std::string_view name, std::string_view greeting) {
  auto host = to_lower_ascii(name);
  if (host.ends_with('.')) host.pop_back();
  if (std::any_of(online_domains.begin(), online_domains.end(),
                  [&](std::string_view domain) { return is_within(host, domain); }))
    return exchange_online;
  const bool is_exchange = std::any_of(greetings.begin(), greetings.end(), [&](std::string_view words) {
    return greeting.find(words) != std::string_view::npos;
  });
  return is_exchange ? exchange_server : std::string_view{};
}

std::vector<std::string> service_lints(std::string_view service, std::string_view protocol, Time at) {
  constexpr std::chrono::days soon{366};
  std::vector<std::string> lints;
  for (const auto& rule : refusals_of(service, protocol)) {
    if (rule.from > at + soon) continue;
    const bool already = rule.from <= at;
    lints.push_back(std::string(service) + (already ? " refuses " : " will refuse ") +
                    std::string(rule.value) + (already ? " (since " : " (from ") + date_of(rule.from) +
                    (already ? ")" : " on)"));
  }
  return lints;
}

}  // namespace mailtap::certs
