#include "proxy/net/tcp_stream.h"

#include <utility>

#include "proxy/net/listener.h"
#include "proxy/net/tcp_socket.h"

namespace mailtap::net {

// A request owns its bytes: it may outlive the stream.
struct TcpStream::WriteRequest {
  uv_write_t uv;
  Buffer bytes;
};

namespace {

struct ConnectRequest {
  uv_connect_t uv;
};

uv_buf_t as_uv(Bytes bytes) {
  // libuv's type isn't const; it only reads from what is written.
  return uv_buf_init(const_cast<char*>(as_text(bytes).data()), static_cast<unsigned>(bytes.size()));
}

}  // namespace

int TcpStream::open() {
  auto [handle, status] =
      Handle<uv_tcp_t>::make(this, [&](uv_tcp_t* tcp) { return uv_tcp_init(loop_, tcp); });
  handle_ = std::move(handle);
  queued_ = 0;  // nothing of an earlier connection's
  is_reading_ = end_sent_ = broken_ = was_reset_ = false;
  return status;
}

int TcpStream::accept(Listener& listener) {
  if (const int status = open(); status != 0) return status;
  return listener.accept(*handle_.get());
}

int TcpStream::connect(const Address& address, Connecting& connecting) {
  if (const int status = open(); status != 0) return status;
  connecting_ = &connecting;
  auto request = std::make_unique<ConnectRequest>();
  const int status = uv_tcp_connect(&request->uv, handle_.get(), address.get(), on_connect);
  if (status != 0) return status;
  static_cast<void>(request.release());  // on_connect frees it
  read();  // whoever waits for it reads at once, as a rule: libuv needn't watch the socket a second time
  return 0;
}

void TcpStream::on_connect(uv_connect_t* uv, int status) {
  auto* const handle = uv->handle;
  auto* self = static_cast<TcpStream*>(handle->data);
  delete reinterpret_cast<ConnectRequest*>(uv);
  if (self == nullptr) return;
  if (status == 0) uv_tcp_nodelay(self->handle_.get(), 1);
  std::exchange(self->connecting_, nullptr)->on_connected(*self, status);
  self = static_cast<TcpStream*>(handle->data);  // null: it was closed meanwhile
  if (self != nullptr && !self->is_reading_) uv_read_stop(handle);
}

void TcpStream::start_reading() {
  if (!handle_) return;
  is_reading_ = true;
  if (connecting_ == nullptr) read();
}

void TcpStream::read() {
  const auto allocate = [](uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
    auto* self = static_cast<TcpStream*>(handle->data);
    const auto memory = self != nullptr ? self->read_buffer_ : MutableBytes{};
    *buffer = uv_buf_init(reinterpret_cast<char*>(memory.data()), static_cast<unsigned>(memory.size()));
  };
  uv_read_start(handle_.as_stream(), allocate, on_read);  // UV_EALREADY is fine
}

void TcpStream::stop_reading() {
  is_reading_ = false;
  if (handle_) uv_read_stop(handle_.as_stream());
}

void TcpStream::on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
  auto* self = static_cast<TcpStream*>(stream->data);
  if (self == nullptr || size == 0) return;
  if (size > 0) {
    self->events_->on_data(*self, as_bytes({buffer->base, static_cast<std::size_t>(size)}));
    return;
  }
  self->stop_reading();
  const int status = size == UV_EOF ? self->pending_error() : static_cast<int>(size);
  if (status == 0) return self->events_->on_end(*self);
  if (self->broken_) return;
  self->broken_ = true;
  self->events_->on_broken(*self, uv_strerror(status));
}

/// libuv says UV_EOF of a hang-up that follows data, though it was a reset; the socket knows, or a write has
/// been told. 0: no error.
int TcpStream::pending_error() const {
  if (was_reset_) return UV_ECONNRESET;
  const int socket = descriptor();
  return socket < 0 ? 0 : net::pending_error(socket);
}

void TcpStream::send(Bytes bytes) {
  send(bytes, /*is_last=*/false);
}

void TcpStream::send_last(Bytes bytes) {
  send(bytes, /*is_last=*/true);
}

/// How many bytes the kernel has taken, or libuv's status.
int TcpStream::try_write(Bytes bytes, bool is_last) const {
  if (is_last) return try_write_before_end(*handle_.get(), bytes);
  const auto buffer = as_uv(bytes);
  return uv_try_write(handle_.as_stream(), &buffer, 1);
}

void TcpStream::send(Bytes bytes, bool is_last) {
  if (!handle_ || broken_ || bytes.empty()) return;
  if (queued_ == 0) {
    const int taken = try_write(bytes, is_last);
    // An error other than "try later" comes again from uv_write, whose callback reports it. But the socket
    // tells of a reset once: later writes are broken pipes, and a read that comes first finds a mere end.
    if (taken == UV_ECONNRESET) was_reset_ = true;
    if (taken > 0) bytes = bytes.subspan(static_cast<std::size_t>(taken));
    if (bytes.empty()) return;
  }
  auto* request = new WriteRequest{{}, Buffer(bytes.begin(), bytes.end())};
  const auto buffer = as_uv(request->bytes);
  queued_ += request->bytes.size();
  if (const int status = uv_write(&request->uv, handle_.as_stream(), &buffer, 1, on_write); status != 0) {
    queued_ -= request->bytes.size();
    delete request;  // only before the handle is connected or after its end: nothing to report to
  }
}

void TcpStream::on_write(uv_write_t* uv, int status) {
  const std::unique_ptr<WriteRequest> request(reinterpret_cast<WriteRequest*>(uv));
  if (auto* self = static_cast<TcpStream*>(uv->handle->data))
    self->write_finished(request->bytes.size(), status);
}

void TcpStream::write_finished(std::size_t size, int status) {
  queued_ -= size;
  if (status == 0) {
    if (queued_ == 0) events_->on_flushed(*this);
  } else if (!broken_) {
    broken_ = true;
    events_->on_broken(*this, uv_strerror(was_reset_ ? UV_ECONNRESET : status));
  }
}

void TcpStream::send_end() {
  if (!handle_ || end_sent_) return;
  end_sent_ = true;
  auto* request = new uv_shutdown_t;
  const auto finished = [](uv_shutdown_t* uv, int) { delete uv; };
  if (uv_shutdown(request, handle_.as_stream(), finished) != 0) delete request;
}

void TcpStream::close() {
  handle_.close();
}

void TcpStream::reset() {
  if (!handle_) return;
  if (const int socket = descriptor(); socket >= 0) reset_on_close(socket);
  handle_.close();
}

int TcpStream::descriptor() const {
  return handle_ ? socket_of(*handle_.get()) : -1;
}

Address TcpStream::peer() const {
  sockaddr_storage storage{};
  int size = sizeof storage;
  if (!handle_ || uv_tcp_getpeername(handle_.get(), reinterpret_cast<sockaddr*>(&storage), &size) != 0)
    return {};
  return Address(reinterpret_cast<const sockaddr&>(storage));
}

Address TcpStream::local() const {
  sockaddr_storage storage{};
  int size = sizeof storage;
  if (!handle_ || uv_tcp_getsockname(handle_.get(), reinterpret_cast<sockaddr*>(&storage), &size) != 0)
    return {};
  return Address(reinterpret_cast<const sockaddr&>(storage));
}

}  // namespace mailtap::net
