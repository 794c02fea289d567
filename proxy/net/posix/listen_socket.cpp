#include "proxy/net/listen_socket.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <fcntl.h>
#include <unistd.h>

#include "config/base/system_error.h"
#include "proxy/net/address.h"
#include "proxy/net/port_owner.h"

namespace mailtap::net {

namespace {

/// IP_TRANSPARENT, on an IPv6 socket for both families.
bool set_transparent(int fd, int family) {
  const int on = 1;
  if (::setsockopt(fd, SOL_IP, IP_TRANSPARENT, &on, sizeof on) != 0 && family == AF_INET) return false;
  return family == AF_INET || ::setsockopt(fd, SOL_IPV6, IPV6_TRANSPARENT, &on, sizeof on) == 0;
}

/// What the kernel says against listening there, and what to do about it.
tl::unexpected<Error> refused(std::uint16_t port, int error) {
  const std::string said = std::strerror(error);
  switch (error) {
    case EADDRINUSE: {
      const auto owner = port_owner(port);
      return fail(said + ", by " +
                  (owner.empty() ? "a process of another user's (as root `ss -ltnp` names it)" : owner) +
                  "; stop that, or give another port");
    }
    case EACCES:
      return fail(said +
                  ": ports below 1024 are root's; start mailtap as root with --user, give the program "
                  "the right (setcap cap_net_bind_service=+ep MAILTAP), or give a port from 1024 on");
    case EADDRNOTAVAIL:
      return fail(said +
                  ": no interface of this machine has that address (`ip address` lists them); give one "
                  "that it has, or * for every address");
    case EINVAL:
      return fail(
          said +
          ": a link-local address is one of an interface's; give another address, or * for every address");
    default: return fail(system_says(error));
  }
}

Result<ListenSocket> bind_one(const Address& address, bool shared, bool for_others) {
  ListenSocket socket(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const auto failed = [] { return fail(system_says(errno)); };
  if (socket.get() < 0) return failed();
  const int on = 1, off = 0;
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) return failed();
  if (shared && ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) return failed();
  if (address.family() == AF_INET6) ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (for_others && !set_transparent(socket.get(), address.family()))
    return fail(std::string("transparent = \"tproxy\" needs CAP_NET_ADMIN (") + std::strerror(errno) +
                "); run it as root or with AmbientCapabilities=CAP_NET_ADMIN, or use redirect");
  if (::bind(socket.get(), address.get(), address.size()) != 0) return refused(address.port(), errno);
  return socket;
}

Address bound_address(const ListenSocket& socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&storage), &size);
  return Address(reinterpret_cast<const sockaddr&>(storage));
}

Result<ListenGroup> bind_address(const config::Endpoint& endpoint, const std::string& host, unsigned count,
                                 bool for_others) {
  auto address = Address::parse(host, endpoint.port);
  if (!address)
    return fail("\"" + host + "\" is no address of this machine: give an IP address, or * for every address");
  {
    // Without SO_REUSEPORT this fails when anyone else listens there; the socket goes at once. SO_REUSEADDR
    // lets bind() pass over a listening socket of its own kind only until listen(), so listen as well.
    auto probe = bind_one(*address, false, for_others);
    if (!probe) return tl::unexpected(probe.error());
    if (endpoint.port != 0 && ::listen(probe->get(), 1) != 0) return refused(endpoint.port, errno);
  }
  ListenGroup group{{}, endpoint};
  for (unsigned i = 0; i < count; ++i) {
    auto socket = bind_one(*address, true, for_others);
    if (!socket) return tl::unexpected(socket.error());
    if (i == 0) {
      group.address.port = bound_address(*socket).port();
      address = Address::parse(host, group.address.port);
    }
    // The kernel takes connections from now on: who is told that we listen need not wait for a worker.
    if (::listen(socket->get(), listen_backlog) != 0) return refused(group.address.port, errno);
    group.sockets.push_back(std::move(*socket));
  }
  return group;
}

}  // namespace

ListenSocket::~ListenSocket() {
  if (fd_ >= 0) ::close(fd_);
}

Result<ListenSocket> ListenSocket::copy() const {
  const int fd = ::fcntl(fd_, F_DUPFD_CLOEXEC, 0);
  if (fd < 0) return fail("a listening socket can't be shared: " + system_says(errno));
  return ListenSocket(fd);
}

config::Endpoint ListenSocket::address() const {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  ::getsockname(fd_, reinterpret_cast<sockaddr*>(&storage), &size);
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (storage.ss_family == AF_INET6) {
    const auto& six = reinterpret_cast<const sockaddr_in6&>(storage);
    ::inet_ntop(AF_INET6, &six.sin6_addr, text.data(), text.size());
    return {text.data(), ntohs(six.sin6_port)};
  }
  const auto& four = reinterpret_cast<const sockaddr_in&>(storage);
  ::inet_ntop(AF_INET, &four.sin_addr, text.data(), text.size());
  return {text.data(), ntohs(four.sin_port)};
}

bool ListenSocket::listens_on(const config::Endpoint& endpoint) const {
  const auto own = address();
  if (own.port != endpoint.port) return false;
  return own.host == endpoint.host || (endpoint.host == "*" && (own.host == "::" || own.host == "0.0.0.0"));
}

Result<ListenGroup> bind_group(const config::Endpoint& endpoint, unsigned count, bool for_others) {
  auto group = bind_address(endpoint, endpoint.host == "*" ? "::" : endpoint.host, count, for_others);
  // A machine without IPv6 has no "::".
  if (!group && endpoint.host == "*") group = bind_address(endpoint, "0.0.0.0", count, for_others);
  if (group) return group;
  return fail("can't listen on " + endpoint.to_string() + ": " + group.error().message);
}

}  // namespace mailtap::net
