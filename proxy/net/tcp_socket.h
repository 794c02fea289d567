// What libuv doesn't tell of its TCP handles, or doesn't do with them.
#pragma once

#include <uv.h>

#include "config/base/bytes.h"

namespace mailtap::net {

/// The socket of a handle, or -1.
int socket_of(const uv_tcp_t& handle);

/// What has happened to a socket that nobody was told yet, as libuv's status; 0: nothing.
int pending_error(int socket);

/// As uv_try_write, for bytes that the end follows: where the system can, both leave together.
int try_write_before_end(uv_tcp_t& handle, Bytes bytes);

/// From now on a close is a reset (what uv_tcp_close_reset does, which refuses after a shutdown and would be
/// a second place that closes handles).
void reset_on_close(int socket);

}  // namespace mailtap::net
