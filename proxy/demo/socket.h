// The demonstration's router speaks over this.
#pragma once

#include <chrono>

#include "config/base/bytes.h"
#include "config/base/result.h"
#include "config/endpoint.h"

namespace mailtap::demo {

/// A TCP connection whose every wait ends at the deadline.
class Socket {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Socket(Clock::time_point deadline) : deadline_(deadline) {}
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  Result<void> connect(const config::Endpoint& endpoint);
  Result<void> send(Bytes bytes);
  /// Into `buffer`; nothing: the peer's end.
  Result<Bytes> receive(MutableBytes buffer);
  /// Sends no more.
  void end();

 private:
  Result<void> wait(short events);

  Clock::time_point deadline_;
  int descriptor_ = -1;
};

}  // namespace mailtap::demo
