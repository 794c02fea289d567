// Where mailtap itself listens: a connection to there would come back for ever.
#pragma once

#include <string>
#include <vector>

#include "config/endpoint.h"
#include "proxy/net/address.h"

namespace mailtap::proxy::ingress {

class OwnListeners {
 public:
  /// ADDRESS:PORT each, "*" for every address of this machine.
  void set(const std::vector<std::string>& listeners);
  bool contains(const net::Address& address) const;

 private:
  struct Listener {
    net::Address address;
    bool is_any;  // of this machine's
  };
  std::vector<Listener> listeners_;
};

/// An address of this machine.
bool is_local(const net::Address& address);

}  // namespace mailtap::proxy::ingress
