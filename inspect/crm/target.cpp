#include "inspect/crm/target.h"

#include <algorithm>

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

/// "mail.contoso.local:995", [2001:db8::1]:995; the port only where it isn't the scheme's own.
std::string with_port(const std::string& server, std::uint16_t port, std::uint16_t usual) {
  if (port == usual) return server;
  const auto colons = std::count(server.begin(), server.end(), ':');
  if (server.ends_with(']') || colons == 0) return server + ":" + std::to_string(port);
  if (colons > 1 && !server.starts_with('[')) return "[" + server + "]:" + std::to_string(port);
  return server;  // it has one
}

Target unencrypted() {
  return {"",
          "the profile doesn't use TLS: passwords and mail go over the network unprotected; switch on \"Use "
          "SSL\" "
          "in the profile"};
}

}  // namespace

Target target_of(const Profile& profile) {
  const auto& server = profile.server;
  if (server.empty())
    return {"",
            "the file names no server for it: the router finds one by Autodiscover, or it isn't set up yet"};
  if (const auto colon = server.find("://"); colon != std::string::npos) {
    if (to_lower_ascii(server.substr(0, colon)) == "http") return unencrypted();
    return {server, ""};
  }
  if (profile.ssl == false) return unencrypted();
  const auto [plain, tls] = ports_of(profile.service);
  switch (profile.service) {
    case Service::pop3: return {"pop3s://" + with_port(server, profile.port.value_or(tls), tls), ""};
    case Service::smtp:
      if (profile.port != tls)
        return {"smtp://" + with_port(server, profile.port.value_or(plain), plain), ""};
      return {
          "smtps://" + server,
          "port 465 begins with TLS at once, and .NET's SmtpClient, by which the router sends, begins TLS by "
          "STARTTLS alone: set port 25 or 587 in the profile"};
    case Service::exchange:
    case Service::crm:
    case Service::unknown: break;
  }
  return {"https://" + with_port(server, profile.port.value_or(tls), tls), ""};
}

}  // namespace mailtap::crm
