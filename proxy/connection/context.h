// What is known of one connection in every part of its life. Connection owns it; it outlives the parts.
#pragma once

#include <chrono>
#include <vector>

#include "inspect/record.h"
#include "proxy/connection/recording.h"
#include "proxy/connection/services.h"
#include "proxy/net/address.h"
#include "proxy/route/limits.h"
#include "proxy/route/running_route.h"

namespace mailtap::proxy {

struct Context {
  using Clock = std::chrono::steady_clock;

  Context(Services& lent, RunningRoutePtr its_route) : services(lent), route(std::move(its_route)) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  Services& services;
  const RunningRoutePtr route;
  inspect::ConnectionRecord record;
  std::vector<Place> places;  ///< among the connections
  net::Address client;        ///< the real one
  net::Address destination;   ///< what the client connected to; empty where nobody asks for it
  config::Endpoint target;    ///< the upstream
  Clock::time_point accepted = Clock::now();
  Recording recording{route};

  const config::Route& settings() const { return route->settings; }
  /// The time of `began` in the record: after the connection was accepted; -1: it hasn't begun.
  inspect::Microseconds after_accept(Clock::time_point began) const {
    return began == Clock::time_point{} ? inspect::Microseconds{-1}
                                        : std::chrono::duration_cast<inspect::Microseconds>(began - accepted);
  }
};

}  // namespace mailtap::proxy
