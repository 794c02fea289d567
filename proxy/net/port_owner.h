// Who listens on a port, for the error of whoever wanted to.
#pragma once

#include <cstdint>
#include <string>

namespace mailtap::net {

/// "nginx (process 1234)" of the first that listens on this TCP port of any address, by /proc. Empty: nobody
/// does, or it is another user's, which only root is shown.
std::string port_owner(std::uint16_t port);

}  // namespace mailtap::net
