// What a worker listens for.
#pragma once

#include <vector>

#include "proxy/route/running_route.h"

namespace mailtap::proxy {

/// A route together with this worker's sockets for it; without one, the route's listeners exist already.
struct Assignment {
  RunningRoutePtr route;
  std::vector<int> descriptors;
};

}  // namespace mailtap::proxy
