// Listening sockets, made before anything else changes so that a failure changes nothing.
#pragma once

#include <utility>
#include <vector>

#include "config/base/result.h"
#include "config/endpoint.h"

namespace mailtap::net {

inline constexpr int listen_backlog = 4096;  ///< the kernel cuts it to net.core.somaxconn

/// A descriptor until somebody takes it.
class ListenSocket {
 public:
  explicit ListenSocket(int fd) : fd_(fd) {}
  ~ListenSocket();
  ListenSocket(ListenSocket&& other) noexcept : fd_(other.take()) {}
  ListenSocket& operator=(ListenSocket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  int get() const { return fd_; }
  /// Of its own for whoever is to listen beside: both take from one queue.
  Result<ListenSocket> copy() const;
  /// Where it is bound.
  config::Endpoint address() const;
  /// True if that is `endpoint`, whose port isn't 0.
  bool listens_on(const config::Endpoint& endpoint) const;
  int take() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }

 private:
  int fd_;
};

struct ListenGroup {
  /// Of one address: one per worker (SO_REUSEPORT), or as many as were inherited.
  std::vector<ListenSocket> sockets;
  config::Endpoint address;  ///< with the port that the kernel chose for port 0
};

/// Binds and listens on `endpoint` (a literal address; "*" is every address, IPv6 and IPv4) `count` times.
/// An address in use is an error even though SO_REUSEPORT would allow it: a second mailtap on the same
/// port would silently take half of the connections.
/// `for_others`: it takes connections to addresses that aren't this machine's (IP_TRANSPARENT), which needs
/// CAP_NET_ADMIN.
Result<ListenGroup> bind_group(const config::Endpoint& endpoint, unsigned count, bool for_others = false);

}  // namespace mailtap::net
