#include "inspect/explain/place.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "config/base/ascii.h"
#include "config/base/text.h"

namespace mailtap::explain {

namespace {

constexpr std::size_t longest_host = 253;  // RFC 1035 section 2.3.4

bool is_host_character(char c) {
  return is_letter(c) || is_digit(c) || c == '-' || c == '.';
}

/// A host's characters at the front of `text`, without dots and hyphens at its end.
std::string_view host_at(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && is_host_character(text[end])) ++end;
  while (end > 0 && (text[end - 1] == '.' || text[end - 1] == '-')) --end;
  const auto host = text.substr(0, end);
  const bool fits =
      !host.empty() && host.size() <= longest_host && host.front() != '-' && host.front() != '.';
  return fits ? host : std::string_view{};
}

std::string_view digits_at(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end <= 5 ? text.substr(0, end) : std::string_view{};
}

/// "X.java:123", "ssl.c:1006": a place in a program, no server.
bool is_source_file(std::string_view host) {
  static constexpr std::array<std::string_view, 16> endings{".java", ".c",  ".cpp", ".cc", ".h",  ".go",
                                                            ".py",   ".cs", ".js",  ".ts", ".rs", ".kt",
                                                            ".pm",   ".pl", ".rb",  ".php"};
  return std::any_of(endings.begin(), endings.end(), [&](auto ending) { return host.ends_with(ending); });
}

bool is_name(std::string_view host) {
  const auto dot = host.find('.');
  const bool has_letter =
      std::any_of(host.begin(), host.end(), [](char c) { return !is_digit(c) && c != '.'; });
  if (!has_letter) return is_ip_address(host);
  return (dot != std::string_view::npos || host == "localhost") && !is_source_file(host);
}

/// "TLS handshake error from 10.0.0.9:51234": the client's end.
bool is_client(std::string_view before, std::string_view host, std::string_view port) {
  constexpr unsigned first_ephemeral = 32'768;  // Linux; Windows and IANA begin at 49152
  unsigned number = 0;
  for (const char c : port) number = number * 10 + static_cast<unsigned>(c - '0');
  return before.ends_with("from ") || before.ends_with("client: ") ||
         (is_ip_address(host) && number >= first_ephemeral);
}

bool is_loopback(std::string_view host) {
  return host.starts_with("127.") || host == "::1";
}

/// "2001:db8::7" of "[2001:db8::7]" at the front of `text`.
std::string_view bracketed_at(std::string_view text) {
  constexpr std::size_t max_address = 45;
  if (!text.starts_with('[')) return {};
  const auto end = text.find(']');
  if (end > max_address + 1) return {};  // nor if there is none
  const auto address = text.substr(1, end - 1);
  return address.find(':') != std::string_view::npos && is_ip_address(address) ? address : std::string_view{};
}

/// The same without brackets: "2001:db8::7" of "2001:db8::7 port 443".
std::string_view address_at(std::string_view text) {
  const auto end = std::min(text.size(), text.find_first_not_of("0123456789abcdefABCDEF:."));
  auto address = text.substr(0, end);
  while (!address.empty() && (address.back() == '.' || (address.back() == ':' && !address.ends_with("::"))))
    address.remove_suffix(1);
  return address.find(':') != std::string_view::npos && is_ip_address(address) ? address : std::string_view{};
}

/// As an address is written where a port may follow (RFC 3986 section 3.2.2).
std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

/// Where programs send people for help: no server that they talked to.
bool is_of_help(std::string_view host) {
  static constexpr std::array<std::string_view, 12> sites{"curl.se",
                                                          "aka.ms",
                                                          "github.com",
                                                          "go.microsoft.com",
                                                          "learn.microsoft.com",
                                                          "nodejs.org",
                                                          "docs.python.org",
                                                          "openssl.org",
                                                          "postfix.org",
                                                          "support.google.com",
                                                          "support.microsoft.com",
                                                          "stackoverflow.com"};
  return std::ranges::any_of(sites, [&](std::string_view site) {
    return host.ends_with(site) && (host.size() == site.size() || host[host.size() - site.size() - 1] == '.');
  });
}

/// "https://mail.contoso.com:8443/EWS", "https://[2001:db8::7]:8443/"
std::optional<Place> in_url(std::string_view text) {
  static constexpr std::array<std::string_view, 8> protocols{"https", "smtps", "imaps", "pop3s",
                                                             "smtp",  "imap",  "pop3",  "http"};
  for (auto at = text.find("://"); at != std::string_view::npos; at = text.find("://", at + 3)) {
    auto begin = at;
    while (begin > 0 && at - begin < 8 && is_host_character(text[begin - 1])) --begin;
    const auto scheme = to_lower_ascii(text.substr(begin, at - begin));
    const auto known = std::find(protocols.begin(), protocols.end(), scheme);
    const auto address = bracketed_at(text.substr(at + 3));
    const auto host = address.empty() ? host_at(text.substr(at + 3)) : address;
    if (known == protocols.end() || (address.empty() && !is_name(host))) continue;
    const auto rest = text.substr(at + 3 + host.size() + (address.empty() ? 0 : 2));
    if (is_of_help(host)) continue;
    return Place{std::string(host), rest.starts_with(':') ? std::string(digits_at(rest.substr(1))) : "",
                 scheme == "http" ? "" : scheme};
  }
  return std::nullopt;
}

/// "mx.contoso.com[192.0.2.1]:25" of Postfix, "mail.contoso.com:443".
std::optional<Place> with_port(std::string_view text) {
  for (auto at = text.find(':'); at != std::string_view::npos; at = text.find(':', at + 1)) {
    const auto port = digits_at(text.substr(at + 1));
    if (port.empty()) continue;
    const auto bracket = at > 0 && text[at - 1] == ']' ? text.rfind('[', at) : std::string_view::npos;
    // Not "mx.contoso.com[2001:db8::7]:25", whose name is better.
    if (bracket != std::string_view::npos && (bracket == 0 || !is_host_character(text[bracket - 1]))) {
      const auto address = bracketed_at(text.substr(bracket));
      if (!address.empty() && !is_loopback(address) && !is_client(text.substr(0, bracket), address, port))
        return Place{std::string(address), std::string(port), ""};
    }
    auto end = at;
    if (end > 0 && text[end - 1] == ']') {
      const auto open = text.rfind('[', end);
      if (open == std::string_view::npos || end - open > 48) continue;
      end = open;
    }
    auto begin = end;
    while (begin > 0 && end - begin <= longest_host && is_host_character(text[begin - 1])) --begin;
    const auto host = host_at(text.substr(begin, end - begin));
    if (host.size() != end - begin || !is_name(host) || is_loopback(host)) continue;
    if (is_client(text.substr(0, begin), host, port)) continue;
    return Place{std::string(host), std::string(port), ""};
  }
  return std::nullopt;
}

/// A name after a word that such names follow.
std::optional<Place> after_word(std::string_view text) {
  static constexpr std::array<std::string_view, 14> words{
      ", not ",          "valid for name ",  "host name ", "hostname ",   "host ",
      "server ",         "certificate for ", "valid for ", "connect to ", "matches ",
      "certificate of ", "name: ",           "to ",        "for "};
  for (const auto word : words) {
    for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
      auto rest = text.substr(at + word.size());
      while (!rest.empty() &&
             (rest.front() == '\'' || rest.front() == '"' || rest.front() == '`' || rest.front() == '<'))
        rest.remove_prefix(1);
      if (rest.starts_with("\xE2\x80\x98") || rest.starts_with("\xE2\x80\x9C")) rest.remove_prefix(3);
      auto address = bracketed_at(rest);
      if (address.empty()) address = address_at(rest);
      if (!address.empty() && !is_loopback(address)) return Place{std::string(address), "", ""};
      const auto host = host_at(rest);
      // A name of at least a label and a domain of letters.
      const auto dot = host.rfind('.');
      if (!is_name(host) || is_loopback(host) || dot == std::string_view::npos) continue;
      if (!is_ip_address(host) && (host.size() - dot < 3 || is_digit(host.back()))) continue;
      return Place{std::string(host), "", ""};
    }
  }
  return std::nullopt;
}

/// Of Exchange's queues, whose other addresses are those of the attempt.
std::optional<Place> last_attempted(std::string_view text) {
  constexpr std::string_view word = "LastAttemptedServerName=";
  const auto at = text.find(word);
  if (at == std::string_view::npos) return std::nullopt;
  const auto host = host_at(text.substr(at + word.size()));
  return is_name(host) ? std::optional(Place{std::string(host), "25", "smtp"}) : std::nullopt;
}

std::string_view protocol_of(std::string_view port) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> known{{{"25", "smtp"},
                                                                                       {"587", "smtp"},
                                                                                       {"465", "smtps"},
                                                                                       {"110", "pop3"},
                                                                                       {"143", "imap"},
                                                                                       {"993", "imaps"},
                                                                                       {"995", "pop3s"},
                                                                                       {"443", "https"}}};
  for (const auto& [number, protocol] : known)
    if (number == port) return protocol;
  return {};
}

/// By the program that says it, where no port does.
std::string_view protocol_by_program(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 9> known{
      {{"postfix/smtp", "smtp"},
       {"STARTTLS", "smtp"},
       {"imap-login", "imaps"},
       {"pop3-login", "pop3s"},
       {"msmtp", "smtp"},
       {"swaks", "smtp"},
       {"IMAP", "imaps"},
       {"POP3", "pop3s"},
       {"SMTP", "smtp"}}};
  for (const auto& [program, protocol] : known)
    if (text.find(program) != std::string_view::npos) return protocol;
  return {};
}

}  // namespace

std::string Place::target() const {
  const auto scheme = protocol.empty() || protocol == "https" ? "" : protocol + "://";
  return scheme + (host.empty() ? "SERVER" : bracketed(host)) + (port.empty() ? "" : ":" + port);
}

std::string Place::server() const {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> ports{{{"smtp", "25"},
                                                                                       {"smtps", "465"},
                                                                                       {"imap", "143"},
                                                                                       {"imaps", "993"},
                                                                                       {"pop3", "110"},
                                                                                       {"pop3s", "995"}}};
  std::string number = port.empty() ? "443" : port;
  for (const auto& [name, usual] : ports)
    if (port.empty() && name == protocol) number = usual;
  return (host.empty() ? "SERVER" : bracketed(host)) + ":" + number;
}

Place place_in(std::string_view text) {
  constexpr std::size_t looked_at = 65'536;
  text = text.substr(0, looked_at);
  Place place;
  if (auto attempted = last_attempted(text))
    place = std::move(*attempted);
  else if (auto url = in_url(text))
    place = std::move(*url);
  else if (auto pair = with_port(text))
    place = std::move(*pair);
  else if (auto named = after_word(text))
    place = std::move(*named);
  if (place.protocol.empty() && !place.port.empty()) place.protocol = protocol_of(place.port);
  if (place.protocol.empty() && place.port.empty()) place.protocol = protocol_by_program(text);
  return place;
}

}  // namespace mailtap::explain
