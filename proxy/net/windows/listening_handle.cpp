#include "proxy/net/listening_handle.h"

#include "proxy/net/handle.h"
#include "proxy/net/listen_socket.h"

namespace mailtap::net {

/// libuv's own listening accepts ahead, on one loop: a socket's connections then belong to that loop. So its
/// poll alone is used here: each worker's loop waits for the shared socket to become readable, and takes what
/// it gets.
struct ListeningHandle::Inside {
  ListenSocket socket{-1};
  Handle<uv_poll_t> poll;
  std::function<void()> waits;

  int watch() {
    return uv_poll_start(poll.get(), UV_READABLE, [](uv_poll_t* uv, int, int) {
      if (auto* self = static_cast<Inside*>(uv->data)) self->waits();
    });
  }
};

ListeningHandle::ListeningHandle() : inside_(std::make_unique<Inside>()) {}

/// The poll's handle is closed before its socket is.
ListeningHandle::~ListeningHandle() {
  inside_->poll.close();
}

int ListeningHandle::listen(uv_loop_t* loop, int descriptor, std::function<void()> waits) {
  inside_->socket = ListenSocket(descriptor);
  auto [poll, status] = Handle<uv_poll_t>::make(inside_.get(), [&](uv_poll_t* uv) {
    return uv_poll_init_socket(loop, uv, static_cast<SOCKET>(descriptor));
  });
  if (status != 0) return status;
  inside_->poll = std::move(poll);
  inside_->waits = std::move(waits);
  return inside_->watch();
}

int ListeningHandle::accept(uv_tcp_t& connection) {
  const auto taken = ::accept(static_cast<SOCKET>(inside_->socket.get()), nullptr, nullptr);
  if (taken == INVALID_SOCKET) return uv_translate_sys_error(::WSAGetLastError());
  const int status = uv_tcp_open(&connection, taken);
  if (status != 0) {
    ::closesocket(taken);
    return status;
  }
  uv_tcp_nodelay(&connection, 1);
  return 0;
}

int ListeningHandle::descriptor() const {
  return inside_->socket.get();
}

void ListeningHandle::pause() {
  if (inside_->poll) uv_poll_stop(inside_->poll.get());
}

void ListeningHandle::resume() {
  if (inside_->poll) inside_->watch();
}

bool ListeningHandle::holds() const {
  return false;
}

}  // namespace mailtap::net
