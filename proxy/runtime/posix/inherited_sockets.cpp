#include "proxy/runtime/inherited_sockets.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy/runtime/successor.h"

namespace mailtap::proxy {

namespace {

constexpr int first_inherited = 3;  // SD_LISTEN_FDS_START
constexpr int max_inherited = 4096;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

bool is_tcp_listener(int descriptor) {
  int listens = 0, domain = 0;
  socklen_t size = sizeof listens;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens == 0) return false;
  size = sizeof domain;
  return ::getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
         (domain == AF_INET || domain == AF_INET6);
}

}  // namespace

InheritedSockets InheritedSockets::from_environment(const inspect::Messages& messages) {
  const auto process = variable("LISTEN_PID");
  const int count = std::min(std::atoi(variable("LISTEN_FDS").c_str()), max_inherited);
  const auto names = variable("LISTEN_FDNAMES");
  for (const auto* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
  InheritedSockets inherited;
  if (process != std::to_string(::getpid()) && !Predecessor::is_parent(process)) return inherited;
  std::string_view rest = names;
  for (int i = 0; i < count; ++i) {
    const auto colon = std::min(rest.find(':'), rest.size());
    std::string name(rest.substr(0, colon));
    rest.remove_prefix(std::min(colon + 1, rest.size()));
    const int descriptor = first_inherited + i;
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    net::ListenSocket socket(descriptor);
    if (is_tcp_listener(descriptor))
      inherited.sockets_.push_back({std::move(name), std::move(socket)});
    else
      messages.warn("the socket " + name + " that was passed is no listening TCP socket, and is closed");
  }
  return inherited;
}

std::vector<net::ListenSocket> InheritedSockets::take(const std::string& id,
                                                      const config::Endpoint& endpoint) {
  const auto is_meant = [&](const Inherited& one) {
    return one.name == id || one.name == socket_name(id) || one.socket.listens_on(endpoint);
  };
  std::vector<net::ListenSocket> taken;
  std::vector<Inherited> left;
  for (auto& one : sockets_)
    if (is_meant(one))
      taken.push_back(std::move(one.socket));
    else
      left.push_back(std::move(one));
  sockets_.swap(left);
  return taken;
}

void InheritedSockets::close_rest(const inspect::Messages& messages) {
  for (const auto& one : sockets_)
    messages.warn("the socket " + one.name + " on " + one.socket.address().to_string() +
                  " that was passed is of no route, and is closed");
  sockets_.clear();
}

}  // namespace mailtap::proxy
