// Listening sockets that whoever started mailtap has opened: systemd (sd_listen_fds(3)), or the mailtap whose
// successor this process is (successor.h).
#pragma once

#include <string>
#include <vector>

#include "config/endpoint.h"
#include "inspect/writers/messages.h"
#include "proxy/net/listen_socket.h"

namespace mailtap::proxy {

class InheritedSockets {
 public:
  InheritedSockets() = default;
  /// What LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES say, which are removed from the environment. What is no
  /// listening TCP socket is closed and warned of.
  static InheritedSockets from_environment(const inspect::Messages& messages);

  /// Those meant for a listener: whose name is `id`, or whose address is `endpoint`. Empty: there are none.
  std::vector<net::ListenSocket> take(const std::string& id, const config::Endpoint& endpoint);
  /// Closes what nobody took, with a warning each.
  void close_rest(const inspect::Messages& messages);

 private:
  struct Inherited {
    std::string name;
    net::ListenSocket socket;
  };
  std::vector<Inherited> sockets_;
};

}  // namespace mailtap::proxy
