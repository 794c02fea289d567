// How a connection begins that STARTTLS is to secure.
#pragma once

#include <optional>
#include <string_view>

#include "config/enums.h"

namespace mailtap::inspect {

struct Traffic;

/// How a connection went that began in plaintext, to be secured by STARTTLS.
struct PlaintextStart {
  enum class Outcome {
    unfinished,   ///< ended before any of the others
    upgraded,     ///< TLS began on both sides
    not_offered,  ///< by the server
    refused,      ///< by the server, though asked for
    not_asked,    ///< the client went on without, which the route allows
  };
  enum class Authentication { none, refused, relayed };

  std::optional<config::Protocol> protocol;  ///< nothing: the server hasn't greeted
  std::optional<bool> offered;  ///< by the server's last list of capabilities; nothing: none was seen
  Outcome outcome = Outcome::unfinished;
  /// The client tried to log in before TLS, and what mailtap did with it.
  Authentication authentication = Authentication::none;
  bool credentials = false;  ///< and something to log in with was sent
  bool relayed = false;      ///< went on without TLS, which the route allows
};
std::string_view to_string(PlaintextStart::Outcome outcome);
std::string_view to_string(PlaintextStart::Authentication authentication);
/// What of it an admin should know goes into the connection's traffic.
void add(const PlaintextStart& start, Traffic& to);

}  // namespace mailtap::inspect
