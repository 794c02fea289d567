// Which of the sockets that listen on one address (SO_REUSEPORT) new connections go to.
#pragma once

namespace mailtap::net {

/// Sockets are numbered in the order in which they began to listen.
struct Steering {
  unsigned first = 0;
  unsigned count = 1;  ///< from `first` on, and after the last from 0 on: each gets as many as the others
  unsigned of = 1;     ///< how many there are
};

/// `socket`: any of them. False: the system can't, and shares connections out as it sees fit.
bool steer(int socket, const Steering& to);

/// They are shared out as the system sees fit, whoever has steered them before.
void stop_steering(int socket);

}  // namespace mailtap::net
