// The server that an error text speaks of, for the command to run next.
#pragma once

#include <string>
#include <string_view>

namespace mailtap::explain {

struct Place {
  std::string host;  ///< of letters, digits, dots and hyphens alone, or an IP address; empty: it names none
  std::string port;  ///< digits; empty: not said
  std::string protocol;  ///< "https", "smtp", "imaps"...; empty: not said

  /// As `mailtap check` takes it; SERVER stands for a host that isn't known.
  std::string target() const;
  /// HOST:PORT
  std::string server() const;
};

Place place_in(std::string_view text);

}  // namespace mailtap::explain
