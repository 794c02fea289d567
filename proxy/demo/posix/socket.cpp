#include "proxy/demo/socket.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/base/system_error.h"
#include "proxy/net/address.h"

namespace mailtap::demo {

Socket::~Socket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> Socket::connect(const config::Endpoint& endpoint) {
  const auto address = net::Address::parse(endpoint.host, endpoint.port);
  if (!address) return fail(endpoint.host + " is no address");
  descriptor_ = ::socket(address->family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0) return fail("no socket: " + system_says(errno));
  if (::connect(descriptor_, address->get(), address->size()) != 0)
    return fail("can't connect to " + endpoint.to_string() + ": " + std::strerror(errno));
  return {};
}

Result<void> Socket::send(Bytes bytes) {
  while (!bytes.empty()) {
    if (auto ready = wait(POLLOUT); !ready) return ready;
    const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EINTR && errno != EAGAIN)
      return fail(std::string("sending failed: ") + std::strerror(errno));
    bytes = bytes.subspan(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
  }
  return {};
}

Result<Bytes> Socket::receive(MutableBytes buffer) {
  for (;;) {
    if (auto ready = wait(POLLIN); !ready) return tl::unexpected(ready.error());
    const auto size = ::recv(descriptor_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size >= 0) return buffer.first(static_cast<std::size_t>(size));
    if (errno != EINTR && errno != EAGAIN)
      return fail(std::string("receiving failed: ") + std::strerror(errno));
  }
}

void Socket::end() {
  ::shutdown(descriptor_, SHUT_WR);
}

Result<void> Socket::wait(short events) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
    if (left <= 0) return fail("no answer in time");
    pollfd one{descriptor_, events, 0};
    if (::poll(&one, 1, static_cast<int>(left)) > 0) return {};
  }
}

}  // namespace mailtap::demo
