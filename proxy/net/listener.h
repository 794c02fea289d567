// Accepts on one listening socket of one loop.
#pragma once

#include <functional>

#include "proxy/net/handle.h"
#include "proxy/net/timer.h"

namespace mailtap::net {

class Listener {
 public:
  /// Called when a connection waits. It takes it with uv_accept on the stream and answers true, or leaves it:
  /// then it waits, and with it all later ones in the kernel's queue, and the question comes again in a
  /// moment. That is the accept back-off: nobody is turned away for want of a place.
  using Incoming = std::function<bool(uv_stream_t* listener)>;

  Listener(uv_loop_t* loop, Incoming incoming);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Takes the descriptor; 0 or libuv's status.
  int listen(int descriptor);

  /// The stream, if libuv has taken a connection from the kernel's queue that was left: it would be reset
  /// with the listener's end. Null otherwise.
  uv_stream_t* holding() const { return again_.active() ? handle_.as_stream() : nullptr; }

 private:
  static void on_connection(uv_stream_t* stream, int status);
  void offer();

  uv_loop_t* loop_;
  Incoming incoming_;
  Handle<uv_tcp_t> handle_;
  Timer again_;
};

}  // namespace mailtap::net
