// The configuration file of the Microsoft Dynamics CRM E-mail Router, Microsoft.Crm.Tools.EmailAgent.xml:
// which servers it polls and sends by.
//
//   router_file.h   what stands in the file
//   target.h        how a profile's server is checked
//
// The file's root is Configuration, and in it stands a ProviderConfiguration for each mailbox and direction,
// whose children are settings (EmailServer, EmailPort, EmailUseSsl, CrmServerUrl, ...). Microsoft has
// published no schema: what is documented is the router's settings by name and that their letter case doesn't
// count. So a setting may be an element or an attribute, at any depth below ProviderConfiguration, with or
// without "Email" in front.
//
// Of all settings those that a Profile has are read, and no others: the values of user names and passwords
// are never copied out of the text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"

namespace mailtap::crm {

enum class Direction : std::uint8_t {
  incoming,
  outgoing,
  crm,  ///< to the CRM server itself, over which what was polled is delivered
};
enum class Service : std::uint8_t { exchange, pop3, smtp, crm, unknown };

std::string_view to_string(Direction direction);
std::string_view to_string(Service service);

/// What one or more entries of the file have in common.
struct Profile {
  std::string name;      ///< empty: the file has none
  std::string provider;  ///< the class that does it, such as "Pop3PollingMailboxProvider"; may be empty
  Direction direction = Direction::incoming;
  Service service = Service::unknown;
  /// HOST[:PORT][/PATH] or SCHEME://HOST[:PORT][/PATH] and nothing else; empty: the file has none, or it is
  /// hidden.
  std::string server;
  bool is_server_hidden = false;  ///< the file's isn't written so, and may hold a password
  std::optional<std::uint16_t> port;
  std::optional<bool> ssl;
  std::string authentication;  ///< "WindowsAuthentication", ...; may be empty
  std::size_t entries =
      0;  ///< how many ProviderConfigurations have these settings: one for each mailbox and direction

  bool operator==(const Profile&) const = default;
};

/// In the order of the file; of those that agree in all, one. Errors say the line.
/// UTF-8, ISO-8859-1, windows-1252, or UTF-16 with a byte order mark. A document type is an error, so no
/// entity is ever expanded.
Result<std::vector<Profile>> read_router_file(std::string_view xml);

/// What the file is called.
constexpr std::string_view router_file_name = "Microsoft.Crm.Tools.EmailAgent.xml";
/// Folders below Program Files that releases of the router have it in, oldest first.
std::vector<std::string> router_folders();

}  // namespace mailtap::crm
