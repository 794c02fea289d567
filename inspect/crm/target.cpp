#include "inspect/crm/target.h"

#include <charconv>
#include <optional>
#include <string_view>

#include "config/base/text.h"

namespace mailtap::crm {

namespace {

struct Ports {
  std::uint16_t plain, tls;
};

Ports ports_of(Service service) {
  switch (service) {
    case Service::pop3: return {110, 995};
    case Service::smtp: return {25, 465};
    case Service::exchange:
    case Service::crm:
    case Service::unknown: break;
  }
  return {80, 443};
}

std::string_view authority_of(std::string_view server) {
  return server.substr(0, server.find('/'));
}

/// That of "mail.contoso.local:995" or "[2001:db8::1]:995".
std::optional<unsigned> own_port(std::string_view server) {
  const auto authority = authority_of(server);
  const auto colon = authority.rfind(':');
  if (colon == std::string_view::npos || is_ip_address(authority) || authority.ends_with(']'))
    return std::nullopt;
  unsigned port = 0;
  std::from_chars(authority.data() + colon + 1, authority.data() + authority.size(), port);
  return port;
}

/// With the port behind the host, where it isn't the scheme's own and the server has none itself.
std::string with_port(std::string_view server, std::uint16_t port, std::uint16_t usual) {
  if (port == usual || own_port(server)) return std::string(server);
  const auto authority = authority_of(server);
  const bool needs_brackets = authority.find(':') != std::string_view::npos && !authority.starts_with('[');
  return (needs_brackets ? "[" + std::string(authority) + "]" : std::string(authority)) + ":" +
         std::to_string(port) + std::string(server.substr(authority.size()));
}

Target unencrypted() {
  return {"",
          "the profile doesn't use TLS: passwords and mail go over the network unprotected; switch on \"Use "
          "SSL\" "
          "in the profile"};
}

Target tls_at_once(const std::string& server) {
  return {"smtps://" + server,
          "port 465 begins with TLS at once, and .NET's SmtpClient, by which the router sends, begins TLS by "
          "STARTTLS alone: set port 25 or 587 in the profile"};
}

/// `rest` is what stands behind "://".
Target target_of_url(const Profile& profile, const std::string& scheme, const std::string& rest) {
  const auto port = own_port(rest);
  if (scheme == "http") return unencrypted();
  if ((scheme == "smtps" && port.value_or(465) == 465) || (scheme == "smtp" && port == 465U))
    return tls_at_once(rest);
  if (profile.ssl != false) return {profile.server, ""};
  if (scheme != "https") return unencrypted();
  return {
      profile.server,
      "its URL begins with https://, but SSL is switched off in the profile: switch on \"Use SSL\", so that "
      "both say the same"};
}

}  // namespace

Target target_of(const Profile& profile) {
  const auto& server = profile.server;
  if (profile.is_server_hidden)
    return {"",
            "its server is neither shown nor checked, for it may hold a password: write it as a host or as "
            "https://HOST/PATH in the profile, and user and password in the fields of their own"};
  if (server.empty())
    return {"",
            "the file names no server for it: the router finds one by Autodiscover, or it isn't set up yet"};
  if (const auto colon = server.find("://"); colon != std::string::npos)
    return target_of_url(profile, to_lower_ascii(server.substr(0, colon)), server.substr(colon + 3));
  if (profile.ssl == false) return unencrypted();
  const auto [plain, tls] = ports_of(profile.service);
  switch (profile.service) {
    case Service::pop3: return {"pop3s://" + with_port(server, profile.port.value_or(tls), tls), ""};
    case Service::smtp:
      if (own_port(server).value_or(profile.port.value_or(plain)) == tls) return tls_at_once(server);
      return {"smtp://" + with_port(server, profile.port.value_or(plain), plain), ""};
    case Service::exchange:
    case Service::crm:
    case Service::unknown: break;
  }
  return {"https://" + with_port(server, profile.port.value_or(tls), tls), ""};
}

}  // namespace mailtap::crm
