// Accepts on one listening socket of one loop.
#pragma once

#include <functional>

#include "proxy/net/listening_handle.h"
#include "proxy/net/timer.h"

namespace mailtap::net {

class Listener {
 public:
  /// Called when a connection waits. It takes it by accept() and answers true, or leaves it:
  /// then it waits, and with it all later ones in the kernel's queue, and the question comes again in a
  /// moment. That is the accept back-off: nobody is turned away for want of a place.
  using Incoming = std::function<bool(Listener& listener)>;

  Listener(uv_loop_t* loop, Incoming incoming);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Takes the descriptor; 0 or libuv's status.
  int listen(int descriptor);

  /// Takes a connection into an initialised handle; 0 or libuv's status, when it was there and is gone.
  int accept(uv_tcp_t& connection) { return handle_.accept(connection); }

  /// The listening socket, for its options; -1 without one.
  int descriptor() const { return handle_.descriptor(); }

  /// True if a connection has been taken from the kernel's queue that was left: it would be reset with the
  /// listener's end.
  bool holding() const { return again_.active() && handle_.holds(); }

  /// The question about a connection that was left comes at once, if one was.
  void ask_again();

 private:
  void offer();

  uv_loop_t* loop_;
  Incoming incoming_;
  ListeningHandle handle_;
  Timer again_;
};

}  // namespace mailtap::net
