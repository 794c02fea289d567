// What libuv says of a call that failed.
#pragma once

#include <string>

#include <uv.h>

#include "config/base/system_error.h"

namespace mailtap::net {

/// libuv's words, with what to do about it (remedy_for()). `status`: a code of libuv's, which is negative.
inline std::string uv_says(int status) {
  return uv_strerror(status) + remedy_for(-status);
}

}  // namespace mailtap::net
