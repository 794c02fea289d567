// A listening socket on a loop. Where each of several loops listens on one socket of its own for an address
// (SO_REUSEPORT) the system shares connections out between them; else the sockets are copies of one, and the
// loops take from its queue.
#pragma once

#include <functional>
#include <memory>

#include <uv.h>

namespace mailtap::net {

class ListeningHandle {
 public:
  ListeningHandle();
  ~ListeningHandle();
  ListeningHandle(const ListeningHandle&) = delete;
  ListeningHandle& operator=(const ListeningHandle&) = delete;

  /// Takes the descriptor; 0 or libuv's status. `waits` is called on the loop's turn when a connection waits,
  /// or did when the loop looked.
  int listen(uv_loop_t* loop, int descriptor, std::function<void()> waits);

  /// Takes one into an initialised handle of the same loop; 0 or libuv's status. UV_EAGAIN: another loop has
  /// it. What is written to it isn't held back for more (TCP_NODELAY).
  int accept(uv_tcp_t& connection);

  /// -1: it doesn't listen.
  int descriptor() const;

  /// Between the two nobody is told of connections that wait.
  void pause();
  void resume();

  /// True if a connection that waits is out of the system's queue, and would be reset if nobody took it.
  bool holds() const;

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace mailtap::net
