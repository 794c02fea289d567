// What a worker listens for.
#pragma once

#include <vector>

#include "proxy/route/running_route.h"

namespace mailtap::proxy {

/// A route together with this worker's sockets for it; without one, the route's listeners exist already.
struct Assignment {
  RunningRoutePtr route;
  std::vector<int> descriptors;
  /// Each worker has one socket of its own for it, in the workers' order.
  bool has_one_each = false;
};

}  // namespace mailtap::proxy
