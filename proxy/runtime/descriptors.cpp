#include "proxy/runtime/descriptors.h"

#include <algorithm>
#include <limits>

#include <sys/resource.h>

namespace mailtap::proxy {

std::uint64_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  const auto before = limit.rlim_cur;
  // Linux refuses "unlimited" here; a million is what fs.nr_open allows by default.
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 1U << 20);
  return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

std::uint32_t connections_for(std::uint64_t descriptors, unsigned workers, unsigned routes) {
  constexpr std::uint64_t a_loop = 8;  // epoll, event, signal pipes, libuv's reserve
  const std::uint64_t reserved =
      32 + workers * (a_loop + 2 * std::uint64_t{routes}) + 2 * std::uint64_t{routes};
  const auto left = descriptors > reserved ? descriptors - reserved : 0;
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(left / 2, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace mailtap::proxy
