#include "proxy/ingress/local_addresses.h"

#include <memory>

#include <ifaddrs.h>

namespace mailtap::proxy::ingress {

std::vector<net::Address> local_addresses() {
  std::vector<net::Address> addresses;
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return addresses;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> all(first, ::freeifaddrs);
  for (const auto* one = first; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr) continue;
    const auto family = one->ifa_addr->sa_family;
    if (family == AF_INET || family == AF_INET6) addresses.emplace_back(*one->ifa_addr);
  }
  return addresses;
}

}  // namespace mailtap::proxy::ingress
