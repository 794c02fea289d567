#include "proxy/net/tcp_socket.h"

#include <cerrno>

#include <sys/socket.h>

namespace mailtap::net {

int socket_of(const uv_tcp_t& handle) {
  uv_os_fd_t fd = -1;
  return uv_fileno(reinterpret_cast<const uv_handle_t*>(&handle), &fd) == 0 ? fd : -1;
}

int pending_error(int socket) {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error == 0) return 0;
  return uv_translate_sys_error(error);
}

int try_write_before_end(uv_tcp_t& handle, Bytes bytes) {
  const int socket = socket_of(handle);
  if (socket < 0) return UV_EAGAIN;
  const auto taken = ::send(socket, bytes.data(), bytes.size(), MSG_MORE | MSG_DONTWAIT | MSG_NOSIGNAL);
  return taken < 0 ? uv_translate_sys_error(errno) : static_cast<int>(taken);
}

void reset_on_close(int socket) {
  const linger none{1, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

}  // namespace mailtap::net
