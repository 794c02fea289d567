#include "proxy/runtime/inherited_sockets.h"

namespace mailtap::proxy {

// Sockets are passed by systemd and by a process that hands over, which Windows knows neither of.

InheritedSockets InheritedSockets::from_environment(const inspect::Messages& /*messages*/) {
  return {};
}

std::vector<net::ListenSocket> InheritedSockets::take(const std::string& /*id*/,
                                                      const config::Endpoint& /*endpoint*/) {
  return {};
}

void InheritedSockets::close_rest(const inspect::Messages& /*messages*/) {}

}  // namespace mailtap::proxy
