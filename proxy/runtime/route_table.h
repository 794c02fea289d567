// The routes in force, and the sockets that they listen on. Lives on the main thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "proxy/net/listen_socket.h"
#include "proxy/route/running_route.h"
#include "proxy/runtime/successor.h"

namespace mailtap::proxy {

class RouteTable {
 public:
  using Routes = std::vector<std::shared_ptr<RunningRoute>>;
  using Sockets = std::vector<net::ListenSocket>;

  const Routes& routes() const { return routes_; }
  std::vector<std::string> addresses() const;

  /// `sockets`, as many as routes: none for one that goes on with those of the route that had its address.
  void replace(Routes routes, std::vector<Sockets> sockets);
  /// What a successor is given: the same sockets that the workers have, by the route's id.
  Successor::Sockets sockets() const;
  /// Workers keep theirs.
  void forget_sockets() { sockets_.clear(); }
  /// With the last route that uses it, a log is written to its end.
  void clear() { routes_.clear(); }

 private:
  Routes routes_;
  std::map<std::string, Sockets> sockets_;  // by RunningRoute::address, as a route's id may change
};

}  // namespace mailtap::proxy
