// A line of mailtap's log (docs/log.md) as `mailtap report` needs it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/base/result.h"
#include "config/base/text.h"

namespace mailtap::report {

/// Longer ones aren't read.
inline constexpr std::size_t longest_line = std::size_t{1} << 20;

struct ConnectionLine {
  std::uint64_t id = 0;
  Time time;
  std::string route;
  std::string client;      ///< address without the port
  std::string server;      ///< HOST:PORT as configured, else the address
  std::string client_tls;  ///< "TLSv1.2"; empty: none was agreed on
  std::string server_tls;
  std::string client_group;  ///< "x25519"; empty: by none
  std::vector<std::string> services;
  std::vector<std::string> findings;
  std::optional<long> days_left;  ///< of the server's certificates, when the connection was made
  std::string certificate;        ///< SHA-256 of the server's own
  std::string subject;
  std::optional<long> life_days;  ///< of the server's own
};

struct ExchangeLine {
  std::uint64_t id = 0;
  std::string service;
  std::string scheme;  ///< of its authentication; empty: none
  bool is_ntlm = false;
  std::string user;  ///< as the route shows names; empty: not told
  std::vector<std::string> findings;
};

/// Alerts, and whatever a later mailtap writes.
struct OtherLine {
  std::uint64_t lost = 0;  ///< lines that the log says are missing
};

using LogLine = std::variant<ConnectionLine, ExchangeLine, OtherLine>;

/// An error says what is wrong with the line; the caller knows where it is.
Result<LogLine> parse_line(std::string_view line);

}  // namespace mailtap::report
