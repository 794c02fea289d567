#include "proxy/runtime/configuration_parts.h"

#include <algorithm>
#include <utility>

#include "certs/issue/presenter.h"
#include "proxy/ingress/original_destination.h"
#include "proxy/route/risks.h"
#include "proxy/runtime/descriptors.h"

namespace mailtap::proxy {

namespace {

/// The admin endpoint's connections, its loop and its listener.
constexpr std::uint64_t admin_descriptors = 64 + 16;

bool is_tproxy(const config::Route& route) {
  return route.ingress.transparent == config::Transparency::tproxy;
}

}  // namespace

Result<void> ConnectionLimitPart::prepare(const config::Settings& settings) {
  const auto limit = raise_descriptor_limit();
  auto descriptors = limit;
  if (!settings.crl_listen.host.empty())
    descriptors -= std::min<std::uint64_t>(descriptors, http::Limits{}.connections + 1);
  if (!settings.admin.listen.host.empty())
    descriptors -= std::min<std::uint64_t>(descriptors, admin_descriptors);
  const auto possible =
      connections_for(descriptors, settings.workers, static_cast<unsigned>(settings.routes.size()));
  if (possible == 0)
    return fail("the descriptor limit of " + std::to_string(limit) +
                " leaves none for a connection beside listeners, workers and logs: raise it (ulimit -n, "
                "LimitNOFILE=)" +
                (settings.workers > 1 ? " or lower workers" : ""));
  if (settings.max_connections > possible)
    return fail("max-connections is " + std::to_string(settings.max_connections) +
                ", but the descriptor limit of " + std::to_string(descriptors) + " allows " +
                std::to_string(possible) + ": raise it (ulimit -n, LimitNOFILE=) or lower max-connections");
  limit_ = settings.max_connections != 0 ? settings.max_connections : possible;
  return {};
}

// --- routes -----------------------------------------------------------------------------------------------

RoutesPart::~RoutesPart() {
  if (!shares_.empty()) running_.writers.pins.discard();
}

Result<void> RoutesPart::prepare(const config::Settings& settings) {
  workers_ = settings.workers;
  trace_files_ = settings.trace_files;
  auto crl = running_.crl.prepare(
      settings, [this](const config::Endpoint& endpoint) { return bind_(crl_listener, endpoint, 1, false); });
  if (!crl) return tl::unexpected(crl.error());
  crl_ = std::move(*crl);
  auto running_routes = running_.table.routes();  // those that no new route has taken over yet
  for (const auto& route : settings.routes) {
    const auto same_listener = std::find_if(
        running_routes.begin(), running_routes.end(),
        [&](const auto& running) { return running && running->settings.listen == route.listen; });
    // Several routes may listen on "any free port": each is taken over once, in order.
    const auto previous =
        same_listener != running_routes.end() ? std::exchange(*same_listener, nullptr) : nullptr;
    if (auto prepared = prepare_route(route, previous.get()); !prepared) return prepared;
  }
  std::vector<LocalCaPtr> authorities;
  for (const auto& route : routes_)
    if (auto ca = route->presenter ? route->presenter->local_ca() : nullptr)
      authorities.push_back(std::move(ca));
  return CrlListener::sign(crl_, authorities);
}

Result<void> RoutesPart::prepare_route(const config::Route& route, const RunningRoute* previous) {
  if (previous != nullptr && is_tproxy(previous->settings) != is_tproxy(route))
    return fail(route.label("transparent") +
                ": tproxy is a matter of the listening socket; give the route another port, or restart");
  if (route.ingress.transparent != config::Transparency::none)
    if (const auto can = ingress::can_be_diverted_to(); !can)
      return fail(route.label("transparent") + ": " + can.error().message);
  auto running = start_route(route, crl_.published_at, previous);
  if (!running) return tl::unexpected(running.error());
  auto& sockets = sockets_.emplace_back();
  if (previous != nullptr) {
    (*running)->address = previous->address;
  } else {
    auto group = bind_(route.id, route.listen, workers_, is_tproxy(route));
    if (!group) return fail(route.label("listen") + ": " + group.error().message);
    (*running)->address = group->address.to_string();
    sockets = std::move(group->sockets);
  }
  routes_.push_back(std::move(*running));
  return {};
}

Result<void> RoutesPart::open() {
  shares_.resize(workers_);
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    if (auto opened = open_route_outputs(*routes_[i], running_.writers, trace_files_); !opened) return opened;
    if (auto shared = share_out(routes_[i], sockets_[i]); !shared) return shared;
  }
  return {};
}

/// Each socket gets a worker, and each worker a socket.
Result<void> RoutesPart::share_out(const std::shared_ptr<RunningRoute>& route,
                                   const RouteTable::Sockets& sockets) {
  for (std::size_t worker = 0; worker < shares_.size(); ++worker) {
    auto& share = shares_[worker].emplace_back(Share{route, {}, sockets.size() == shares_.size()});
    for (std::size_t i = worker; !sockets.empty() && i < std::max(shares_.size(), sockets.size());
         i += shares_.size()) {
      auto copy = sockets[i % sockets.size()].copy();
      if (!copy) return tl::unexpected(copy.error());
      share.sockets.push_back(std::move(*copy));
    }
  }
  return {};
}

void RoutesPart::apply() {
  running_.writers.traces.set_bounds(trace_bounds(trace_files_));
  running_.writers.pins.adopt();
  std::vector<std::vector<Assignment>> assignments;
  for (auto& of_worker : shares_) {
    auto& assigned = assignments.emplace_back();
    for (auto& share : of_worker) {
      auto& assignment = assigned.emplace_back(Assignment{share.route, {}, share.has_one_each});
      for (auto& socket : share.sockets) assignment.descriptors.push_back(socket.take());
    }
  }
  running_.workers.set_routes(std::move(assignments));
  for (std::size_t i = 0; i < routes_.size(); ++i)
    if (!sockets_[i].empty()) running_.messages.say("listening " + routes_[i]->address);
  running_.crl.apply(std::move(crl_));
  for (const auto& route : routes_)
    for (const auto& risk : risks_of(route->settings)) running_.messages.warn(risk);
  running_.table.replace(std::move(routes_), std::move(sockets_));
}

// --- admin and alerts -------------------------------------------------------------------------------------

void AdminPart::apply() {
  if (!admin_) return;
  std::vector<admin::ShownRoute> shown;
  for (const auto& route : table_.routes())
    shown.push_back({route->settings.id, route->address, route->settings.upstream.to_string(),
                     std::string(config::to_string(route->settings.present)),
                     route->settings.ingress.send_proxy_protocol});
  admin_->set_routes(std::move(shown));
  admin_->set_ready(true);
}

Result<void> AlertsPart::prepare(const config::Settings& settings) {
  auto webhook = alerts::prepare_webhook(settings.alerts.webhook);
  if (!webhook) return tl::unexpected(webhook.error());
  webhook_ = std::move(*webhook);
  settings_ = settings.alerts;
  return {};
}

void AlertsPart::apply() {
  alerts::Logs logs;
  for (const auto& route : table_.routes()) logs.emplace(route->settings.id, route->log);
  service_->set(settings_, std::move(webhook_), std::move(logs));
}

}  // namespace mailtap::proxy
