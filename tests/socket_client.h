// A client of sockets for tests: blocking, with a deadline, and undisturbed by signals.
#pragma once

#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mailtap::testing {

class SocketClient {
 public:
  static constexpr int patience_seconds = 60;

  /// Connects to this port on loopback; closed at the end of the scope.
  /// `kernel_buffer`: of what is received, where it matters; 0: the kernel's choice.
  explicit SocketClient(std::uint16_t port, int kernel_buffer = 0)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (kernel_buffer != 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &kernel_buffer, sizeof kernel_buffer);
    const timeval patience{patience_seconds, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int status = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    if (status != 0 && errno == EINTR) status = outcome_of_connecting();
    connected_ = status == 0;
  }
  SocketClient(SocketClient&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_) {}
  SocketClient& operator=(SocketClient&&) = delete;
  ~SocketClient() { close(); }

  bool connected() const { return connected_; }

  /// Whether all of it was sent.
  bool send(std::string_view text) const {
    while (!text.empty()) {
      const auto size = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (size < 0 && errno == EINTR) continue;
      if (size <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
  }

  /// What comes next; empty at the end, an error or the deadline.
  std::string receive() const {
    char chunk[4096];
    for (;;) {
      const auto size = ::recv(fd_, chunk, sizeof chunk, 0);
      // On a socket with a time-out, a call that a signal interrupts is never restarted by itself.
      if (size < 0 && errno == EINTR) continue;
      return {chunk, size > 0 ? static_cast<std::size_t>(size) : 0};
    }
  }

  /// What comes until `end` has come, or what ends receive().
  std::string until(std::string_view end) const {
    std::string all;
    while (end.empty() || all.find(end) == std::string::npos) {
      const auto more = receive();
      if (more.empty()) break;
      all += more;
    }
    return all;
  }
  std::string rest() const { return until({}); }

  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  /// Interrupted, connecting goes on by itself.
  int outcome_of_connecting() const {
    pollfd writable{fd_, POLLOUT, 0};
    while (::poll(&writable, 1, patience_seconds * 1000) < 0 && errno == EINTR) continue;
    int error = ETIMEDOUT;
    socklen_t size = sizeof error;
    return ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0 ? 0 : -1;
  }

  int fd_;
  bool connected_ = false;
};

}  // namespace mailtap::testing
