// What a loop's connections to others share.
#pragma once

#include "config/base/bytes.h"
#include "proxy/net/resolver.h"

namespace mailtap::net {

/// Outlives those who use it.
struct Network {
  uv_loop_t* loop;
  Resolver& resolver;
  MutableBytes read_buffer;
};

}  // namespace mailtap::net
