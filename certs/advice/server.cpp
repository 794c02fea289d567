#include "certs/advice/server.h"

#include <array>
#include <string>
#include <utility>

#include "config/base/text.h"

namespace mailtap::certs {

namespace {

using Sign = std::pair<std::string_view, Product>;

/// What programs say of themselves unless they are told not to, in lower case.
constexpr std::array<Sign, 5> greeting_signs{{
    {"microsoft esmtp mail service", Product::exchange},
    {"microsoft exchange", Product::exchange},
    {"dovecot", Product::dovecot},
    {"postfix", Product::postfix},
    {"exim ", Product::exim},
}};
constexpr std::array<Sign, 4> web_server_signs{{
    {"microsoft-iis", Product::iis},
    {"microsoft-httpapi", Product::iis},
    {"nginx", Product::nginx},
    {"apache", Product::apache},
}};

template <std::size_t count>
Product found_in(std::string_view text, const std::array<Sign, count>& signs) {
  const auto lower = to_lower_ascii(text);
  for (const auto& [words, product] : signs)
    if (lower.find(words) != std::string::npos) return product;
  return Product::unknown;
}

}  // namespace

Service service_at(std::uint16_t port, std::string_view starttls) {
  if (starttls == "smtp") return Service::smtp;
  if (starttls == "imap") return Service::imap;
  if (starttls == "pop3") return Service::pop3;
  switch (port) {
    case 443: return Service::web;
    case 25:
    case 465:
    case 587: return Service::smtp;
    case 143:
    case 993: return Service::imap;
    case 110:
    case 995: return Service::pop3;
    case 636:
    case 3269: return Service::ldap;  // the second one: Active Directory's global catalogue
    default: return Service::other;
  }
}

std::string_view to_string(Product product) {
  constexpr std::array<std::string_view, 8> names{"",        "exchange", "iis",   "dovecot",
                                                  "postfix", "exim",     "nginx", "apache"};
  return names[static_cast<std::size_t>(product)];
}

Product product_of(Service service, const Evidence& evidence) {
  if (evidence.has_exchange_field) return Product::exchange;
  if (const auto by_greeting = found_in(evidence.greeting, greeting_signs); by_greeting != Product::unknown)
    return by_greeting;
  if (const auto by_field = found_in(evidence.http_server, web_server_signs); by_field != Product::unknown)
    return by_field;
  // Who has its certificate from AD CS is in a Windows domain: its web server is IIS, its mail server
  // Exchange.
  const bool says_nothing = evidence.greeting.empty() && evidence.http_server.empty();
  if (evidence.template_name.empty() || !says_nothing) return Product::unknown;
  switch (service) {
    case Service::web: return Product::iis;
    case Service::smtp:
    case Service::imap:
    case Service::pop3: return Product::exchange;
    default: return Product::unknown;
  }
}

std::string_view exchange_name_of(Service service) {
  switch (service) {
    case Service::smtp: return "SMTP";
    case Service::imap: return "IMAP";
    case Service::pop3: return "POP";
    default: return "IIS";
  }
}

}  // namespace mailtap::certs
