#include <algorithm>

#include <sys/resource.h>

#include "proxy/runtime/descriptors.h"

namespace mailtap::proxy {

std::uint64_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  const auto before = limit.rlim_cur;
  // Linux refuses "unlimited" here; a million is what fs.nr_open allows by default.
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 1U << 20);
  return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

}  // namespace mailtap::proxy
