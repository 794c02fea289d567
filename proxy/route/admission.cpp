#include "proxy/route/admission.h"

namespace mailtap::proxy {

using inspect::Reason;
using inspect::Side;

std::optional<inspect::Ending> admit_connection(const RunningRoute& route, std::vector<Place>& places) {
  auto place = route.connections.take();
  if (!place)
    return inspect::Ending{Reason::limit_per_route, Side::mailtap, "max-route-connections is reached"};
  places.push_back(std::move(*place));
  return std::nullopt;
}

std::optional<inspect::Ending> admit_client(const RunningRoute& route, const net::Address& client,
                                            std::vector<Place>& places) {
  const auto host = client.host_key();
  const auto& allowed = route.settings.ingress.allow_from;
  if (!allowed.empty() && !config::contains(allowed, host))
    return inspect::Ending{Reason::client_refused, Side::mailtap, "allow-from doesn't have its address"};
  auto place = route.sources.take(host);
  if (!place) return inspect::Ending{Reason::limit_per_source, Side::mailtap, "max-per-source is reached"};
  places.push_back(std::move(*place));
  return std::nullopt;
}

}  // namespace mailtap::proxy
