#include "config/ingress.h"

#include <algorithm>
#include <optional>

#include <arpa/inet.h>

#include "config/base/text.h"
#include "config/values.h"

namespace mailtap::config {

namespace {

std::string quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

/// `name` is below `pattern`'s "*.", or the same.
bool matches(std::string_view pattern, std::string_view name) {
  if (!pattern.starts_with("*.")) return pattern == name;
  return name.size() >= pattern.size() && name.ends_with(pattern.substr(1));
}

/// "*.corp.example" or a name.
bool is_pattern(std::string_view text) {
  return is_dns_name(text.starts_with("*.") ? text.substr(2) : text);
}

std::optional<Network> as_network(std::string_view text) {
  auto network = parse_network(text);
  if (!network) return std::nullopt;
  return *network;
}

}  // namespace

bool Network::contains(const std::array<std::uint8_t, 16>& host) const {
  const auto whole = bits / 8;
  if (!std::equal(address.begin(), address.begin() + whole, host.begin())) return false;
  const auto rest = bits % 8;
  return rest == 0 || (address[whole] ^ host[whole]) >> (8 - rest) == 0;
}

bool contains(const std::vector<Network>& networks, const std::array<std::uint8_t, 16>& host) {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const Network& network) { return network.contains(host); });
}

Result<Network> parse_network(std::string_view text) {
  const auto wrong = [&](const std::string& what) {
    return fail(quoted(text) + " " + what + "; write it as 10.0.0.0/8, 2001:db8::/32 or 192.0.2.7");
  };
  const auto slash = std::min(text.find('/'), text.size());
  const std::string host(text.substr(0, slash));
  Network network;
  in_addr four{};
  unsigned width = 128;
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) {
    width = 32;
    network.address[10] = network.address[11] = 0xFF;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&four);
    std::copy(bytes, bytes + 4, network.address.begin() + 12);
  } else if (inet_pton(AF_INET6, host.c_str(), network.address.data()) != 1) {
    return wrong("is no network");
  }
  if (slash < text.size()) {
    const auto bits = parse_count(text.substr(slash + 1), 0, width);
    if (!bits) return wrong("has a prefix length that isn't from 0 to " + std::to_string(width));
    network.bits = 128 - width + *bits;
  }
  auto base = network.address;
  for (unsigned bit = network.bits; bit < 128; ++bit)
    base[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> bit % 8));
  if (base != network.address) return wrong("has bits set beyond its prefix length");
  return network;
}

bool is_dns_name(std::string_view text) {
  constexpr std::size_t longest_name = 253, longest_label = 63;  // RFC 1035 section 2.3.4
  if (text.empty() || text.size() > longest_name || is_ip_address(text)) return false;
  while (true) {
    const auto dot = std::min(text.find('.'), text.size());
    const auto label = text.substr(0, dot);
    const bool is_label = !label.empty() && label.size() <= longest_label && label.front() != '-' &&
                          label.back() != '-' && std::all_of(label.begin(), label.end(), [](char c) {
                            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                   (c >= '0' && c <= '9') || c == '-' || c == '_';
                          });
    if (!is_label) return false;
    if (dot == text.size()) return true;
    text.remove_prefix(dot + 1);
  }
}

Result<SniRoute> parse_sni_route(std::string_view text) {
  constexpr std::string_view example = "; write it as mail.contoso.com=exchange.contoso.local:443";
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return fail(quoted(text) + " has no =" + std::string(example));
  auto pattern = to_lower_ascii(text.substr(0, equals));
  if (!is_pattern(pattern))
    return fail(quoted(text.substr(0, equals)) +
                " is neither a DNS name nor *. and one (a client never asks for an address)" +
                std::string(example));
  auto upstream = parse_address(text.substr(equals + 1));
  if (!upstream) return tl::unexpected(upstream.error());
  return SniRoute{std::move(pattern), std::move(*upstream)};
}

Result<Destination> parse_destination(std::string_view text) {
  const auto wrong = [&] {
    return fail(quoted(text) +
                " is no destination; write it as mail.contoso.com:443, *.contoso.com, 10.0.0.0/8:443, "
                "[2001:db8::/32]:443 or :443");
  };
  Destination destination;
  auto host = text;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return wrong();
    host = text.substr(1, close - 1);
    text.remove_prefix(close + 1);
    if (!text.empty() && text.front() != ':') return wrong();
  } else if (!as_network(text)) {  // an IPv6 network without brackets is full of colons
    const auto colon = std::min(text.find(':'), text.size());
    host = text.substr(0, colon);
    text.remove_prefix(colon);
  } else {
    text = {};
  }
  if (!text.empty()) {
    const auto port = parse_count(text.substr(1), 1, 65535);
    if (!port) return wrong();
    destination.port = static_cast<std::uint16_t>(*port);
  }
  if (host.empty() || host == "*") {
    if (destination.port == 0) return wrong();
    return destination;
  }
  if (const auto network = as_network(host))
    destination.in = {*network};
  else if (is_pattern(host))
    destination.host = to_lower_ascii(host);
  else
    return wrong();
  return destination;
}

bool is_allowed(const std::vector<Destination>& allowed, const Endpoint& destination) {
  const bool is_mail = std::find(mail_ports.begin(), mail_ports.end(), destination.port) != mail_ports.end();
  if (allowed.empty()) return is_mail;
  const auto address = as_network(destination.host);
  const auto name = to_lower_ascii(destination.host);
  return std::any_of(allowed.begin(), allowed.end(), [&](const Destination& one) {
    if (one.port != 0 ? one.port != destination.port : !is_mail) return false;
    if (!one.in.empty()) return address && contains(one.in, address->address);
    return one.host.empty() || matches(one.host, name);
  });
}

}  // namespace mailtap::config
