#include "proxy/runtime/descriptors.h"

namespace mailtap::proxy {

/// Windows has no limit for sockets but memory; as many as Linux allows at most.
std::uint64_t raise_descriptor_limit() {
  return 1U << 20;
}

}  // namespace mailtap::proxy
