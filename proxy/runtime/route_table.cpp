#include "proxy/runtime/route_table.h"

#include <utility>

namespace mailtap::proxy {

std::vector<std::string> RouteTable::addresses() const {
  std::vector<std::string> all;
  for (const auto& route : routes_) all.push_back(route->address);
  return all;
}

void RouteTable::replace(Routes routes, std::vector<Sockets> sockets) {
  auto before = std::exchange(sockets_, {});
  for (std::size_t i = 0; i < routes.size(); ++i) {
    const auto& address = routes[i]->address;
    sockets_.emplace(address, std::move(sockets[i].empty() ? before[address] : sockets[i]));
  }
  routes_ = std::move(routes);
}

Successor::Sockets RouteTable::sockets() const {
  Successor::Sockets all;
  for (const auto& route : routes_)
    if (const auto found = sockets_.find(route->address); found != sockets_.end())
      for (const auto& socket : found->second) all.emplace_back(route->settings.id, &socket);
  return all;
}

}  // namespace mailtap::proxy
