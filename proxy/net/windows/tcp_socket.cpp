#include "proxy/net/tcp_socket.h"

namespace mailtap::net {

/// Windows's sockets are handles, whose numbers fit an int though their type is wider.
int socket_of(const uv_tcp_t& handle) {
  uv_os_fd_t fd{};
  if (uv_fileno(reinterpret_cast<const uv_handle_t*>(&handle), &fd) != 0) return -1;
  return static_cast<int>(reinterpret_cast<std::intptr_t>(fd));
}

int pending_error(int socket) {
  int error = 0;
  int size = sizeof error;
  if (::getsockopt(static_cast<SOCKET>(socket), SOL_SOCKET, SO_ERROR, reinterpret_cast<char*>(&error),
                   &size) != 0 ||
      error == 0)
    return 0;
  return uv_translate_sys_error(error);
}

int try_write_before_end(uv_tcp_t& handle, Bytes bytes) {
  const auto buffer =
      uv_buf_init(const_cast<char*>(as_text(bytes).data()), static_cast<unsigned>(bytes.size()));
  return uv_try_write(reinterpret_cast<uv_stream_t*>(&handle), &buffer, 1);
}

void reset_on_close(int socket) {
  const linger none{1, 0};
  ::setsockopt(static_cast<SOCKET>(socket), SOL_SOCKET, SO_LINGER, reinterpret_cast<const char*>(&none),
               sizeof none);
}

}  // namespace mailtap::net
