#include "proxy/demo/socket.h"

#include <algorithm>
#include <string>

#include <uv.h>

#include "proxy/net/address.h"

namespace mailtap::demo {

namespace {

std::string said(int error = ::WSAGetLastError()) {
  return uv_strerror(uv_translate_sys_error(error));
}

SOCKET handle(int descriptor) {
  return static_cast<SOCKET>(descriptor);
}

}  // namespace

Socket::~Socket() {
  if (descriptor_ >= 0) ::closesocket(handle(descriptor_));
}

Result<void> Socket::connect(const config::Endpoint& endpoint) {
  const auto address = net::Address::parse(endpoint.host, endpoint.port);
  if (!address) return fail(endpoint.host + " is no address");
  descriptor_ = static_cast<int>(::socket(address->family(), SOCK_STREAM, 0));
  if (descriptor_ < 0) return fail("no socket: " + said());
  if (::connect(handle(descriptor_), address->get(), address->size()) != 0)
    return fail("can't connect to " + endpoint.to_string() + ": " + said());
  u_long non_blocking = 1;
  ::ioctlsocket(handle(descriptor_), FIONBIO, &non_blocking);
  return {};
}

Result<void> Socket::send(Bytes bytes) {
  while (!bytes.empty()) {
    if (auto ready = wait(POLLOUT); !ready) return ready;
    const auto sent = ::send(handle(descriptor_), as_text(bytes).data(), static_cast<int>(bytes.size()), 0);
    if (const int error = ::WSAGetLastError(); sent < 0 && error != WSAEWOULDBLOCK)
      return fail("sending failed: " + said(error));
    bytes = bytes.subspan(static_cast<std::size_t>(std::max(sent, 0)));
  }
  return {};
}

Result<Bytes> Socket::receive(MutableBytes buffer) {
  for (;;) {
    if (auto ready = wait(POLLIN); !ready) return tl::unexpected(ready.error());
    const auto size = ::recv(handle(descriptor_), reinterpret_cast<char*>(buffer.data()),
                             static_cast<int>(buffer.size()), 0);
    if (size >= 0) return buffer.first(static_cast<std::size_t>(size));
    if (const int error = ::WSAGetLastError(); error != WSAEWOULDBLOCK)
      return fail("receiving failed: " + said(error));
  }
}

void Socket::end() {
  ::shutdown(handle(descriptor_), SD_SEND);
}

Result<void> Socket::wait(short events) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
    if (left <= 0) return fail("no answer in time");
    WSAPOLLFD one{handle(descriptor_), events, 0};
    if (::WSAPoll(&one, 1, static_cast<int>(left)) > 0) return {};
  }
}

}  // namespace mailtap::demo
