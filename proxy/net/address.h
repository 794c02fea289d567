// Socket addresses.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <netinet/in.h>
#include <sys/socket.h>

#include "config/endpoint.h"

namespace mailtap::net {

/// An IPv4 or IPv6 address with its port. A value.
class Address {
 public:
  Address() = default;
  explicit Address(const sockaddr& address);

  /// A literal IPv4 or IPv6 address (no brackets); nothing for a name.
  static std::optional<Address> parse(const std::string& host, std::uint16_t port);
  /// What to_string() says of one.
  static std::optional<Address> parse(const std::string& text);

  /// From host_key()'s form.
  static Address from_key(const std::array<std::uint8_t, 16>& key, std::uint16_t port);

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t size() const;
  int family() const { return storage_.ss_family; }
  bool is_v6() const { return storage_.ss_family == AF_INET6; }
  std::uint16_t port() const;

  /// ADDRESS:PORT, [ADDRESS]:PORT for IPv6; an IPv4-mapped address is written as IPv4. Empty if unset.
  std::string to_string() const;
  /// Its host and port, as a target; an empty host if unset.
  config::Endpoint endpoint() const;
  /// The host alone, 16 bytes, IPv4 as IPv4-mapped: what a limit per source counts by.
  std::array<std::uint8_t, 16> host_key() const;
  /// The same host, the same port; IPv4 and IPv4-mapped alike. False if unset.
  bool is_same_as(const Address& other) const;

 private:
  sockaddr_storage storage_{};
};

}  // namespace mailtap::net
