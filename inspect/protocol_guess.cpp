#include "inspect/protocol_guess.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace mailtap::inspect {

using config::Protocol;

namespace {

/// "METHOD /path", "METHOD http://...", "OPTIONS *"; none: too short to say.
std::optional<bool> begins_request(std::string_view said) {
  constexpr std::size_t max_method = 24;
  while (said.starts_with("\r\n")) said.remove_prefix(2);  // RFC 9112 section 2.2
  const auto space = said.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ-_");
  if (space == std::string_view::npos) {
    if (said.size() > max_method) return false;
    return std::nullopt;
  }
  if (space == 0 || space > max_method || said[space] != ' ') return false;
  if (space + 1 == said.size()) return std::nullopt;
  return std::string_view("/*h").find(said[space + 1]) != std::string_view::npos ||
         said.starts_with("CONNECT ");
}

std::optional<Protocol> by_greeting(std::string_view said) {
  static constexpr std::array<std::pair<std::string_view, Protocol>, 10> greetings{{
      {"220 ", Protocol::smtp},  // RFC 5321 section 4.2
      {"220-", Protocol::smtp},
      {"421 ", Protocol::smtp},
      {"554 ", Protocol::smtp},
      {"554-", Protocol::smtp},
      {"+OK", Protocol::pop3},  // RFC 1939 section 3
      {"-ERR", Protocol::pop3},
      {"* ", Protocol::imap},  // RFC 9051 section 7.1
      {"HTTP/1.", Protocol::http},
      {"HTTP/0.", Protocol::http},
  }};
  bool may_become = false;
  for (const auto& [greeting, protocol] : greetings) {
    if (said.starts_with(greeting)) return protocol;
    may_become = may_become || greeting.starts_with(said);
  }
  if (may_become) return std::nullopt;
  return Protocol::raw;
}

}  // namespace

std::optional<Protocol> guess_protocol(Bytes from_client, Bytes from_server) {
  // A mail client may speak before the greeting comes; what it says isn't HTTP, and the greeting decides.
  constexpr std::size_t patience = 4096;
  if (!from_server.empty()) return by_greeting(as_text(from_server));
  if (begins_request(as_text(from_client)).value_or(false)) return Protocol::http;
  if (from_client.size() > patience) return Protocol::raw;
  return std::nullopt;
}

}  // namespace mailtap::inspect
