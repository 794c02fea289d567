#include "proxy/ingress/original_destination.h"

#include <netinet/in.h>
#include <sys/socket.h>

namespace mailtap::proxy::ingress {

namespace {

// linux/netfilter_ipv4.h and linux/netfilter_ipv6/ip6_tables.h, which don't go together with netinet/in.h.
constexpr int original_dst = 80;

}  // namespace

std::optional<net::Address> original_destination(int socket, const net::Address& local,
                                                 config::Transparency how) {
  if (how == config::Transparency::tproxy) return local;
  if (socket < 0) return std::nullopt;
  // A socket for both families tells of an IPv4 connection at IPv4's level.
  for (const auto& [level, family] : {std::pair{SOL_IP, AF_INET}, std::pair{SOL_IPV6, AF_INET6}}) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    if (::getsockopt(socket, level, original_dst, &storage, &size) != 0 || storage.ss_family != family)
      continue;
    return net::Address(reinterpret_cast<const sockaddr&>(storage));
  }
  return std::nullopt;
}

Result<void> can_be_diverted_to() {
  return {};
}

}  // namespace mailtap::proxy::ingress
