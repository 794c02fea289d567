#include "proxy/runtime/descriptors.h"

#include <algorithm>
#include <limits>

namespace mailtap::proxy {

std::uint32_t connections_for(std::uint64_t descriptors, unsigned workers, unsigned routes) {
  constexpr std::uint64_t a_loop = 8;  // epoll, event, signal pipes, libuv's reserve
  const std::uint64_t reserved =
      32 + workers * (a_loop + 2 * std::uint64_t{routes}) + 2 * std::uint64_t{routes};
  const auto left = descriptors > reserved ? descriptors - reserved : 0;
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(left / 2, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace mailtap::proxy
