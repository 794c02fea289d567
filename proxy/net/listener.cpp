#include "proxy/net/listener.h"

#include <unistd.h>

#include "proxy/net/listen_socket.h"

namespace mailtap::net {

namespace {

constexpr std::chrono::milliseconds back_off{20};

}  // namespace

Listener::Listener(uv_loop_t* loop, Incoming incoming)
    : loop_(loop), incoming_(std::move(incoming)), again_(loop, [this] { offer(); }) {}

int Listener::listen(int descriptor) {
  auto [handle, status] =
      Handle<uv_tcp_t>::make(this, [&](uv_tcp_t* tcp) { return uv_tcp_init(loop_, tcp); });
  if (status == 0) status = uv_tcp_open(handle.get(), descriptor);
  if (status != 0) {
    ::close(descriptor);
    return status;
  }
  handle_ = std::move(handle);
  return uv_listen(handle_.as_stream(), listen_backlog, on_connection);
}

void Listener::on_connection(uv_stream_t* stream, int status) {
  auto* self = static_cast<Listener*>(stream->data);
  if (self == nullptr || self->again_.active()) return;
  // A failed accept (descriptors ran out, the peer has gone) is nothing to take: libuv asks again by itself.
  if (status == 0) self->offer();
}

void Listener::offer() {
  if (!incoming_(handle_.as_stream())) again_.start(back_off);
}

}  // namespace mailtap::net
