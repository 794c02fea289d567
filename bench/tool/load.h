// What a load client does through a proxy, and what came of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <sys/socket.h>

#include "bench/tool/sockets.h"

namespace mailtap::bench {

/// One batch of connections, each: connect, handshake, one request and its answer, close_notify, wait for the
/// other side's end.
struct Batch {
  std::size_t count = 1;
  unsigned concurrency = 1;  ///< at once; a new one begins as soon as one ends
  /// Connections a second that begin whether others have ended or not, as a Poisson process has them: then
  /// `concurrency` means nothing, and times are measured from when one should have begun. 0: no rate.
  double rate = 0;
  std::uint64_t seed = 1;  ///< of the process
  bool request = true;     ///< false: closes after the handshake. Only an OpensslClient can
  bool ews = false;        ///< the request and its answer are ews_exchange.h's
  std::uint64_t download = 200;
  std::uint64_t upload = 0;
  bool hold = false;  ///< leaves each open, idle, after the answer; let_go() ends them
  std::chrono::seconds time_limit{60};
};

struct Load {
  std::size_t completed = 0;
  std::size_t failed = 0;
  std::size_t resumed = 0;
  std::string first_failure;
  double wall_seconds = 0;
  std::vector<double> handshake_us;  ///< from connect to the end of the client's handshake, of each
  std::vector<double>
      response_us;  ///< from connect to the answer's first byte: both legs' handshakes are in it
};

/// Keeps sessions from batch to batch if the scenario resumes: each proxy has one of its own.
class LoadClient {
 public:
  virtual ~LoadClient() = default;
  LoadClient(const LoadClient&) = delete;
  LoadClient& operator=(const LoadClient&) = delete;

  virtual Load run(const sockaddr* address, socklen_t size, const Batch& batch) = 0;
  Load run(std::uint16_t port, const Batch& batch) {
    const auto address = loopback(port);
    return run(reinterpret_cast<const sockaddr*>(&address), sizeof address, batch);
  }
  /// Closes what a batch has left open.
  virtual void let_go() = 0;

 protected:
  LoadClient() = default;
};

}  // namespace mailtap::bench
