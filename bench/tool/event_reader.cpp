#include "bench/tool/event_reader.h"

#include <array>
#include <string_view>

#include <sys/socket.h>
#include <sys/time.h>

namespace mailtap::bench {

Result<std::unique_ptr<EventReader>> EventReader::open(std::uint16_t port) {
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = loopback(port);
  constexpr std::string_view request = "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const timeval patience{10, 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::array<char, 16> begin{};
  const bool asked =
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(request.size()) &&
      ::recv(socket.get(), begin.data(), begin.size(), MSG_WAITALL) == static_cast<ssize_t>(begin.size());
  if (!asked || !std::string_view(begin.data(), begin.size()).starts_with("HTTP/1.1 200"))
    return fail("the admin endpoint gives no events");
  const timeval forever{};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &forever, sizeof forever);
  return std::unique_ptr<EventReader>(new EventReader(std::move(socket)));
}

EventReader::EventReader(Descriptor socket)
    : socket_(std::move(socket)), thread_([fd = socket_.get()] {
        std::array<char, 65536> chunk{};
        while (::recv(fd, chunk.data(), chunk.size(), 0) > 0) {
        }
      }) {}

EventReader::~EventReader() {
  ::shutdown(socket_.get(), SHUT_RDWR);
  thread_.join();
}

}  // namespace mailtap::bench
