// What the two halves of a connection share: their owner's.
#pragma once

#include "inspect/record.h"
#include "proxy/connection/deadline.h"
#include "proxy/connection/recording.h"
#include "proxy/connection/worker_services.h"
#include "proxy/net/tcp_stream.h"
#include "proxy/route/running_route.h"

namespace mailtap::proxy::interception {

/// All of it outlives the halves.
struct Shared {
  WorkerServices& services;
  const RunningRoutePtr& route;
  inspect::Connection& record;
  Recording& recording;
  Deadline& deadline;              ///< one at a time: whoever is waited for has set it
  net::TcpStream::Events& events;  ///< of both streams
};

}  // namespace mailtap::proxy::interception
