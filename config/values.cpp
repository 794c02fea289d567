#include "config/values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include <arpa/inet.h>

#include "config/base/text.h"
#include "config/client_names.h"

namespace mailtap::config {

namespace {

std::string quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

/// Nothing but digits, and it fits.
template <class Number>
bool read_number(std::string_view digits, Number& value) {
  const auto* end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, value);
  return !digits.empty() && read.ec == std::errc{} && read.ptr == end;
}

struct HostAndPort {
  std::string_view host;  ///< without brackets
  std::string_view port;
  bool has_port = false;
  bool has_brackets = false;
};

Result<HostAndPort> split(std::string_view text, std::string_view example) {
  HostAndPort parts;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos)
      return fail(quoted(text) + " lacks a ]; write it as [2001:db8::1]:443");
    parts.host = text.substr(1, close - 1);
    parts.has_brackets = true;
    const auto rest = text.substr(close + 1);
    if (!rest.empty() && rest[0] != ':')
      return fail(quoted(text) + " has something else than :PORT after the ]; write it as [2001:db8::1]:443");
    parts.has_port = !rest.empty();
    if (parts.has_port) parts.port = rest.substr(1);
    return parts;
  }
  const auto colon = text.rfind(':');
  if (text.find("://") != std::string_view::npos)
    return fail(quoted(text) + " is a URL; give host and port alone, such as " + std::string(example));
  if (colon != text.find(':'))
    return fail(quoted(text) + " is an IPv6 address without brackets; write it as [2001:db8::1]:443");
  parts.host = text.substr(0, colon);
  parts.has_port = colon != std::string_view::npos;
  if (parts.has_port) parts.port = text.substr(colon + 1);
  return parts;
}

Result<std::uint16_t> port_of(const HostAndPort& parts, std::string_view text, unsigned least,
                              std::string_view example) {
  if (!parts.has_port || parts.port.empty())
    return fail(quoted(text) + " has no port; write it as " + std::string(example));
  unsigned port = 0;
  if (!read_number(parts.port, port) || port < least || port > 65535)
    return fail(quoted(text) + " has the port " + quoted(parts.port) + "; a port is a number from " +
                std::to_string(least) + " to 65535");
  return static_cast<std::uint16_t>(port);
}

/// The shortest form of an IP address; empty when it is none.
std::string canonical_address(const std::string& text) {
  in6_addr address{};
  std::array<char, INET6_ADDRSTRLEN> shortest{};
  for (const int family : {AF_INET, AF_INET6})
    if (inet_pton(family, text.c_str(), &address) == 1)
      return inet_ntop(family, &address, shortest.data(), shortest.size());
  return {};
}

bool is_host_name(std::string_view text) {
  // RFC 1035's letters, digits and hyphens, the underscore that Windows allows, and UTF-8 for U-labels.
  const auto is_label_byte = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || static_cast<unsigned char>(c) >= 0x80;
  };
  return text.size() <= 253 && !text.starts_with('.') && text.find("..") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [&](char c) { return is_label_byte(c) || c == '.'; }) &&
         std::any_of(text.begin(), text.end(), is_label_byte);
}

}  // namespace

Result<std::string> parse_client(std::string_view text) {
  if (std::find(client_names.begin(), client_names.end(), text) != client_names.end())
    return std::string(text);
  std::string known;
  for (const auto name : client_names) known += (known.empty() ? "" : ", ") + std::string(name);
  return fail(quoted(text) + " is no client that is known; give one of " + known);
}

Result<std::string> parse_host(std::string_view text) {
  if (text.empty()) return fail("is empty; give a host such as mail.contoso.com");
  if (text.find("://") != std::string_view::npos || text.find('/') != std::string_view::npos)
    return fail(quoted(text) + " is a URL or a path; give its host alone, such as mail.contoso.com");
  if (is_ip_address(text) || is_host_name(text)) return std::string(text);
  if (text.starts_with('[') || text.find(':') != std::string_view::npos)
    return fail(quoted(text) +
                " is more than a host; give it without port and brackets, such as mail.contoso.com");
  return fail(quoted(text) +
              " is no host name or IP address; give one such as mail.contoso.com or 192.0.2.1");
}

Result<Endpoint> parse_address(std::string_view text) {
  const auto parts = split(text, "mail.contoso.com:443");
  if (!parts) return tl::unexpected(parts.error());
  if (parts->host.empty()) return fail(quoted(text) + " has no host; write it as mail.contoso.com:443");
  auto host = parse_host(parts->host);
  if (!host) return tl::unexpected(host.error());
  if (parts->has_brackets && !is_ip_address(*host))
    return fail(quoted(text) +
                " has brackets around what is no IPv6 address; write it as mail.contoso.com:443");
  const auto port = port_of(*parts, text, 1, Endpoint{*host, 443}.to_string());
  if (!port) return tl::unexpected(port.error());
  return Endpoint{*host, *port};
}

Result<Endpoint> parse_listen_address(std::string_view text) {
  const auto parts = split(text, "127.0.0.1:8443");
  if (!parts) return tl::unexpected(parts.error());
  const auto port = port_of(*parts, text, 0, "127.0.0.1:8443, or :8443 for all addresses");
  if (!port) return tl::unexpected(port.error());
  if ((parts->host.empty() && !parts->has_brackets) || parts->host == "*") return Endpoint{"*", *port};
  if (equal_ignoring_case(parts->host, "localhost")) return Endpoint{"127.0.0.1", *port};
  auto address = canonical_address(std::string(parts->host));
  if (address.empty())
    return fail(quoted(text) + " has no address of this machine before the port; write it as 127.0.0.1:" +
                std::to_string(*port) + ", or :" + std::to_string(*port) + " for all addresses");
  return Endpoint{std::move(address), *port};
}

Result<Endpoint> parse_local_listen_address(std::string_view text) {
  const bool is_port =
      !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return parse_listen_address(is_port ? "127.0.0.1:" + std::string(text) : std::string(text));
}

Result<std::string> parse_http_base(std::string_view text) {
  constexpr std::string_view scheme = "http://";
  const auto wrong = [&](const std::string& what) {
    return fail(quoted(text) + " " + what + "; write it as http://mailtap.contoso.local:8080");
  };
  if (text.starts_with("https://"))
    return wrong("is https, whose certificate would have to be checked for revocation first");
  if (!text.starts_with(scheme)) return wrong("is no http URL");
  const bool is_plain = std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c <= '~' && std::string_view("?#\"<>\\^`{|}@").find(c) == std::string_view::npos;
  });
  if (!is_plain) return wrong("has characters that don't belong into such a URL");
  while (text.ends_with('/')) text.remove_suffix(1);
  if (text.size() <= scheme.size()) return wrong("has no host");
  const auto authority = text.substr(scheme.size(), text.find('/', scheme.size()) - scheme.size());
  const auto parts = split(authority, "mailtap.contoso.local:8080");
  if (!parts) return tl::unexpected(parts.error());
  if (auto host = parse_host(parts->host); !host) return tl::unexpected(host.error());
  if (parts->has_port)
    if (auto port = port_of(*parts, authority, 1, "mailtap.contoso.local:8080"); !port)
      return tl::unexpected(port.error());
  return std::string(text);
}

Result<milliseconds> parse_duration(std::string_view text) {
  using namespace std::chrono;
  constexpr std::string_view expected = " is no duration such as 500ms, 10s, 5m or 2h";
  const auto unit_at = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto unit = text.substr(unit_at);
  milliseconds factor = seconds(1);
  if (unit == "ms")
    factor = milliseconds(1);
  else if (unit == "m")
    factor = minutes(1);
  else if (unit == "h")
    factor = hours(1);
  else if (unit == "d")
    factor = hours(24);
  else if (!unit.empty() && unit != "s")
    return fail(quoted(text) + std::string(expected));
  std::int64_t number = 0;
  if (!read_number(text.substr(0, unit_at), number)) return fail(quoted(text) + std::string(expected));
  constexpr milliseconds longest = hours(24 * 365);
  if (number > longest / factor) return fail(quoted(text) + " is more than a year; give less");
  return number * factor;
}

Result<milliseconds> parse_timeout(std::string_view text) {
  auto duration = parse_duration(text);
  if (duration && duration->count() == 0) return fail(quoted(text) + " is no time at all; give at least 1ms");
  return duration;
}

Result<std::uint64_t> parse_size(std::string_view text) {
  auto digits = text;
  unsigned shift = 0;
  if (!text.empty()) {
    const auto unit = std::string_view("KMG").find(text.back());
    if (unit != std::string_view::npos) {
      shift = static_cast<unsigned>(unit + 1) * 10;
      digits.remove_suffix(1);
    }
  }
  std::uint64_t value = 0;
  if (!read_number(digits, value) || value > std::uint64_t{1} << 40)
    return fail(quoted(text) + " is no size; write a whole number of bytes, or of K, M or G, such as 64M");
  return value << shift;
}

Result<unsigned> parse_count(std::string_view text, unsigned least, unsigned most) {
  unsigned value = 0;
  if (!read_number(text, value) || value < least || value > most)
    return fail(quoted(text) + " is no whole number from " + std::to_string(least) + " to " +
                std::to_string(most));
  return value;
}

Result<std::string> parse_pin(std::string_view text) {
  constexpr std::string_view prefix = "sha256//";
  const auto hash = text.starts_with(prefix) ? from_base64(text.substr(prefix.size())) : fail("no prefix");
  if (!hash || hash->size() != 32)
    return fail(quoted(text) +
                " is no pin; it is sha256// and the base64 of 32 bytes, the SHA-256 of the server's "
                "subjectPublicKeyInfo: the log's spki_sha256 has it");
  return std::string(text);
}

Result<Endpoint> parse_server(std::string_view text, std::uint16_t port) {
  if (is_ip_address(text)) return Endpoint{std::string(text), port};
  if (text.starts_with('[') && text.ends_with(']')) {
    const auto inside = text.substr(1, text.size() - 2);
    if (!is_ip_address(inside)) return fail("\"" + std::string(text) + "\" holds no IPv6 address");
    return Endpoint{std::string(inside), port};
  }
  if (text.find(':') != std::string_view::npos) return parse_address(text);
  return parse_host(text).map([&](std::string host) { return Endpoint{std::move(host), port}; });
}

std::string locale_of_environment() {
  for (const auto* variable : {"LC_ALL", "LC_MESSAGES", "LANG"})
    if (const char* value = std::getenv(variable); value != nullptr && *value != '\0') return value;
  return {};
}

Language language_for(const std::string& chosen) {
  return language_of(chosen.empty() ? locale_of_environment() : chosen);
}

}  // namespace mailtap::config
