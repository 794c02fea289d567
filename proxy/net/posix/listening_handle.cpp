#include "proxy/net/listening_handle.h"

#include <unistd.h>

#include "proxy/net/handle.h"
#include "proxy/net/listen_socket.h"
#include "proxy/net/tcp_socket.h"

namespace mailtap::net {

/// libuv takes a connection from the queue before it tells of it, and no other until that one is taken.
struct ListeningHandle::Inside {
  Handle<uv_tcp_t> handle;
  std::function<void()> waits;
};

ListeningHandle::ListeningHandle() : inside_(std::make_unique<Inside>()) {}
ListeningHandle::~ListeningHandle() = default;

int ListeningHandle::listen(uv_loop_t* loop, int descriptor, std::function<void()> waits) {
  auto [handle, status] =
      Handle<uv_tcp_t>::make(inside_.get(), [&](uv_tcp_t* tcp) { return uv_tcp_init(loop, tcp); });
  if (status == 0) status = uv_tcp_open(handle.get(), descriptor);
  if (status != 0) {
    ::close(descriptor);
    return status;
  }
  uv_tcp_nodelay(handle.get(), 1);  // those that are accepted have it from their listener
  inside_->handle = std::move(handle);
  inside_->waits = std::move(waits);
  return uv_listen(inside_->handle.as_stream(), listen_backlog, [](uv_stream_t* stream, int failure) {
    // A failed accept (descriptors ran out, the peer has gone) is nothing to take: libuv asks again by
    // itself.
    if (auto* self = static_cast<Inside*>(stream->data); self != nullptr && failure == 0) self->waits();
  });
}

int ListeningHandle::accept(uv_tcp_t& connection) {
  return uv_accept(inside_->handle.as_stream(), reinterpret_cast<uv_stream_t*>(&connection));
}

int ListeningHandle::descriptor() const {
  return inside_->handle ? socket_of(*inside_->handle.get()) : -1;
}

void ListeningHandle::pause() {}
void ListeningHandle::resume() {}

bool ListeningHandle::holds() const {
  return true;
}

}  // namespace mailtap::net
