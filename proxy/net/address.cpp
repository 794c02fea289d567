#include "proxy/net/address.h"

#include <charconv>
#include <cstring>
#include <utility>

#include <arpa/inet.h>

namespace mailtap::net {

namespace {

const sockaddr_in& v4(const sockaddr_storage& storage) {
  return reinterpret_cast<const sockaddr_in&>(storage);
}
const sockaddr_in6& v6(const sockaddr_storage& storage) {
  return reinterpret_cast<const sockaddr_in6&>(storage);
}

}  // namespace

Address::Address(const sockaddr& address) {
  std::memcpy(&storage_, &address,
              address.sa_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in));
}

std::optional<Address> Address::parse(const std::string& host, std::uint16_t port) {
  Address address;
  auto& four = reinterpret_cast<sockaddr_in&>(address.storage_);
  if (inet_pton(AF_INET, host.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    return address;
  }
  auto& six = reinterpret_cast<sockaddr_in6&>(address.storage_);
  if (inet_pton(AF_INET6, host.c_str(), &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    return address;
  }
  return std::nullopt;
}

std::optional<Address> Address::parse(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  auto host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  std::uint16_t port = 0;
  const auto* const end = text.data() + text.size();
  const auto [read, problem] = std::from_chars(text.data() + colon + 1, end, port);
  return problem == std::errc{} && read == end ? parse(host, port) : std::nullopt;
}

Address Address::from_key(const std::array<std::uint8_t, 16>& key, std::uint16_t port) {
  Address address;
  in6_addr host{};
  std::memcpy(&host, key.data(), key.size());
  if (IN6_IS_ADDR_V4MAPPED(&host)) {
    auto& four = reinterpret_cast<sockaddr_in&>(address.storage_);
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    std::memcpy(&four.sin_addr, &key[12], 4);
  } else {
    auto& six = reinterpret_cast<sockaddr_in6&>(address.storage_);
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    six.sin6_addr = host;
  }
  return address;
}

bool Address::is_same_as(const Address& other) const {
  return family() != AF_UNSPEC && other.family() != AF_UNSPEC && port() == other.port() &&
         host_key() == other.host_key();
}

socklen_t Address::size() const {
  return family() == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
}

std::uint16_t Address::port() const {
  return ntohs(family() == AF_INET6 ? v6(storage_).sin6_port : v4(storage_).sin_port);
}

std::string Address::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (family() == AF_INET) {
    inet_ntop(AF_INET, &v4(storage_).sin_addr, text.data(), text.size());
  } else if (family() == AF_INET6) {
    const auto& host = v6(storage_).sin6_addr;
    if (!IN6_IS_ADDR_V4MAPPED(&host)) {
      inet_ntop(AF_INET6, &host, text.data(), text.size());
      return "[" + std::string(text.data()) + "]:" + std::to_string(port());
    }
    inet_ntop(AF_INET, &host.s6_addr[12], text.data(), text.size());
  } else {
    return {};
  }
  return std::string(text.data()) + ":" + std::to_string(port());
}

config::Endpoint Address::endpoint() const {
  auto host = to_string();
  if (host.empty()) return {};
  host.resize(host.rfind(':'));
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  return {std::move(host), port()};
}

std::array<std::uint8_t, 16> Address::host_key() const {
  std::array<std::uint8_t, 16> key{};
  if (family() == AF_INET6) {
    std::memcpy(key.data(), &v6(storage_).sin6_addr, key.size());
  } else {
    key[10] = key[11] = 0xff;
    std::memcpy(&key[12], &v4(storage_).sin_addr, 4);
  }
  return key;
}

}  // namespace mailtap::net
