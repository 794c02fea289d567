#include "proxy/net/listen_socket.h"

#include <uv.h>

#include "proxy/net/address.h"
#include "proxy/net/port_owner.h"

namespace mailtap::net {

namespace {

/// Winsock wants to be asked for before its first use; libuv does so for its loops alone.
void begin_winsock() {
  static const int status = [] {
    WSADATA unused{};
    return ::WSAStartup(MAKEWORD(2, 2), &unused);
  }();
  static_cast<void>(status);
}

SOCKET handle_of(const ListenSocket& socket) {
  return static_cast<SOCKET>(socket.get());
}

tl::unexpected<Error> failed(int error = ::WSAGetLastError()) {
  return fail(uv_strerror(uv_translate_sys_error(error)));
}

/// What the system says against listening there, and what to do about it.
tl::unexpected<Error> refused(std::uint16_t port, int error) {
  const std::string said = uv_strerror(uv_translate_sys_error(error));
  switch (error) {
    case WSAEADDRINUSE:
    case WSAEACCES: {  // another has it for itself alone, or the system keeps a range of ports
      const auto owner = port_owner(port);
      return fail(said +
                  (owner.empty()
                       ? ": another program has that port, or Windows keeps it (`netsh int ipv4 show "
                         "excludedportrange tcp` lists those)"
                       : ", by " + owner) +
                  "; stop that, or give another port");
    }
    case WSAEADDRNOTAVAIL:
      return fail(said +
                  ": no interface of this machine has that address (`ipconfig` lists them); give one that it "
                  "has, or * "
                  "for every address");
    default: return fail(said);
  }
}

/// Nobody else may listen there as well (SO_EXCLUSIVEADDRUSE): on Windows SO_REUSEADDR would let them.
Result<ListenSocket> bind_one(const Address& address) {
  ListenSocket socket(static_cast<int>(::WSASocketW(address.family(), SOCK_STREAM, IPPROTO_TCP, nullptr, 0,
                                                    WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT)));
  if (socket.get() < 0) return failed();
  const int on = 1, off = 0;
  const auto set = [&](int level, int option, const int& value) {
    return ::setsockopt(handle_of(socket), level, option, reinterpret_cast<const char*>(&value),
                        sizeof value) == 0;
  };
  if (!set(SOL_SOCKET, SO_EXCLUSIVEADDRUSE, on)) return failed();
  if (address.family() == AF_INET6) set(IPPROTO_IPV6, IPV6_V6ONLY, off);
  u_long non_blocking = 1;
  if (::ioctlsocket(handle_of(socket), FIONBIO, &non_blocking) != 0) return failed();
  if (::bind(handle_of(socket), address.get(), address.size()) != 0)
    return refused(address.port(), ::WSAGetLastError());
  return socket;
}

Address bound_address(const ListenSocket& socket) {
  sockaddr_storage storage{};
  int size = sizeof storage;
  ::getsockname(handle_of(socket), reinterpret_cast<sockaddr*>(&storage), &size);
  return Address(reinterpret_cast<const sockaddr&>(storage));
}

Result<ListenGroup> bind_address(const config::Endpoint& endpoint, const std::string& host) {
  const auto address = Address::parse(host, endpoint.port);
  if (!address)
    return fail("\"" + host + "\" is no address of this machine: give an IP address, or * for every address");
  auto socket = bind_one(*address);
  if (!socket) return tl::unexpected(socket.error());
  if (::listen(handle_of(*socket), listen_backlog) != 0) return refused(endpoint.port, ::WSAGetLastError());
  ListenGroup group{{}, endpoint};
  group.address.port = bound_address(*socket).port();
  group.sockets.push_back(std::move(*socket));
  return group;
}

}  // namespace

ListenSocket::~ListenSocket() {
  if (fd_ >= 0) ::closesocket(static_cast<SOCKET>(fd_));
}

Result<ListenSocket> ListenSocket::copy() const {
  WSAPROTOCOL_INFOW info{};
  if (::WSADuplicateSocketW(static_cast<SOCKET>(fd_), ::GetCurrentProcessId(), &info) != 0)
    return fail("a listening socket can't be shared: " + failed().value().message);
  const auto copied = ::WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0,
                                   WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
  if (copied == INVALID_SOCKET)
    return fail("a listening socket can't be shared: " + failed().value().message);
  return ListenSocket(static_cast<int>(copied));
}

config::Endpoint ListenSocket::address() const {
  return bound_address(*this).endpoint();
}

bool ListenSocket::listens_on(const config::Endpoint& endpoint) const {
  const auto own = address();
  if (own.port != endpoint.port) return false;
  return own.host == endpoint.host || (endpoint.host == "*" && (own.host == "::" || own.host == "0.0.0.0"));
}

/// Windows shares no address out between sockets: there is one, of which each worker gets a copy.
Result<ListenGroup> bind_group(const config::Endpoint& endpoint, unsigned /*count*/, bool for_others) {
  if (for_others)
    return fail(
        "transparent needs Linux; on Windows point the client at mailtap by name (docs/inserting.md)");
  begin_winsock();
  auto group = bind_address(endpoint, endpoint.host == "*" ? "::" : endpoint.host);
  // A machine without IPv6 has no "::".
  if (!group && endpoint.host == "*") group = bind_address(endpoint, "0.0.0.0");
  if (group) return group;
  return fail("can't listen on " + endpoint.to_string() + ": " + group.error().message);
}

}  // namespace mailtap::net
