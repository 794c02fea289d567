// Listening sockets, made before anything else changes so that a failure changes nothing.
#pragma once

#include <vector>

#include "config/base/result.h"
#include "config/settings.h"

namespace mailtap::net {

inline constexpr int listen_backlog = 4096;  ///< the kernel cuts it to net.core.somaxconn

/// A descriptor until somebody takes it.
class ListenSocket {
 public:
  explicit ListenSocket(int fd) : fd_(fd) {}
  ~ListenSocket();
  ListenSocket(ListenSocket&& other) noexcept : fd_(other.take()) {}
  ListenSocket& operator=(ListenSocket&&) = delete;
  int get() const { return fd_; }
  int take() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }

 private:
  int fd_;
};

struct ListenGroup {
  std::vector<ListenSocket> sockets;  ///< one per worker, same address (SO_REUSEPORT)
  config::Endpoint address;           ///< with the port that the kernel chose for port 0
};

/// Binds and listens on `endpoint` (a literal address; "*" is every address, IPv6 and IPv4) `count` times.
/// An address in use is an error even though SO_REUSEPORT would allow it: a second mailtap on the same
/// port would silently take half of the connections.
Result<ListenGroup> bind_group(const config::Endpoint& endpoint, unsigned count);

}  // namespace mailtap::net
