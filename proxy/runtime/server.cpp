#include "proxy/runtime/server.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "proxy/route/risks.h"
#include "proxy/runtime/descriptors.h"
#include "proxy/runtime/privileges.h"
#include "tls/crypto/backend.h"

namespace mailtap::proxy {

/// A new configuration that is ready to take over: nothing of it can fail any more.
struct Server::Change {
  config::Settings settings;
  std::vector<std::shared_ptr<RunningRoute>> routes;
  std::vector<std::vector<net::ListenSocket>> sockets;  // of each route: none if it listens already
  std::uint32_t connection_limit;
  CrlListener::Prepared crl;
  std::optional<alerts::Webhook::Settings> webhook;
};

/// A reload under way, on a thread of the loop's pool.
struct Server::Reload {
  uv_work_t work{};
  Server* server = nullptr;
  Result<Change> change = fail("not prepared");
};

namespace {

constexpr const char* crl_listener = "@crl-listen";  // no route's id after socket_name()
constexpr const char* admin_listener = "@admin";

/// Of a successor that has taken over: what is wrong with it shows in them.
constexpr std::chrono::seconds watched_moments{3};

/// The admin endpoint's connections, its loop and its listener.
constexpr std::uint64_t admin_descriptors = 64 + 16;

/// The sockets of worker `worker` out of `count`: each socket has a worker, and each worker a socket.
std::vector<int> sockets_of(std::size_t worker, std::size_t count, const std::vector<net::ListenSocket>& all,
                            const inspect::Messages& messages) {
  std::vector<int> own;
  for (std::size_t i = worker; !all.empty() && i < std::max(count, all.size()); i += count) {
    auto copy = all[i % all.size()].copy();
    if (copy)
      own.push_back(copy->take());
    else
      messages.warn(copy.error().message);
  }
  return own;
}

}  // namespace

Result<void> Server::start(const config::Settings& settings) {
  std::signal(SIGPIPE, SIG_IGN);  // a write to a closed pipe or socket is an error value
  settings_.workers = settings.workers;
  settings_.crypto = settings.crypto;
  auto change = prepare(settings);
  if (!change) return tl::unexpected(change.error());
  auto admin = prepare_admin(settings);
  if (!admin) return tl::unexpected(admin.error());
  launch_.sockets.close_rest(messages_);
  if (auto became = run_as(settings.user, settings.group); !became) return tl::unexpected(became.error());
  allow_core_dumps(settings.core_dumps);
  if (auto opened = open_outputs(*change); !opened) return tl::unexpected(opened.error());

  uv_loop_init(&loop_);
  loop_ready_ = true;
  const auto add_signal = [&](int number, uv_signal_cb handler) {
    signals_.push_back(net::Handle<uv_signal_t>::make(this, [&](uv_signal_t* uv) {
                         return uv_signal_init(&loop_, uv);
                       }).first);
    uv_signal_start(signals_.back().get(), handler, number);
  };
  const auto on_stop = [](uv_signal_t* uv, int) { static_cast<Server*>(uv->data)->stop_signal(); };
  add_signal(SIGTERM, on_stop);
  add_signal(SIGINT, on_stop);
  add_signal(SIGHUP, [](uv_signal_t* uv, int) { static_cast<Server*>(uv->data)->want_reload(); });
  add_signal(SIGUSR1,
             [](uv_signal_t* uv, int) { static_cast<Server*>(uv->data)->writers_.traces.write_last(); });
  const auto add_async = [&](uv_async_cb handler) {
    return net::Handle<uv_async_t>::make(this,
                                         [&](uv_async_t* uv) { return uv_async_init(&loop_, uv, handler); })
        .first;
  };
  add_signal(SIGUSR2, [](uv_signal_t* uv, int) { static_cast<Server*>(uv->data)->hand_over(); });
  drained_ = add_async([](uv_async_t* uv) { static_cast<Server*>(uv->data)->worker_drained(); });
  stop_requested_ = add_async([](uv_async_t* uv) { static_cast<Server*>(uv->data)->stop_signal(); });

  alerts_ = std::make_unique<alerts::Service>(&loop_, messages_);
  if (auto ready = start_admin(std::move(*admin)); !ready) return ready;
  inspect::Watcher* watcher = admin_ ? &admin_->feed() : nullptr;
  for (unsigned i = 0; i < settings.workers; ++i)
    workers_.push_back(
        std::make_unique<Worker>(messages_, connections_, next_id_, watcher, alerts_->inbox(), [this] {
          ++drained_workers_;
          uv_async_send(drained_.get());
        }));
  apply(std::move(*change));
  launch_.predecessor.tell_ready();
  launch_.service.notify("READY=1\nSTATUS=" + status());
  watch_over_workers();
  return {};
}

int Server::run() {
  uv_run(&loop_, UV_RUN_DEFAULT);
  // Signals are still taken, and change nothing any more: what is left is to write the log out.
  workers_.clear();
  admin_.reset();
  alerts_.reset();
  routes_.clear();  // with the last route its log is written out
  return EXIT_SUCCESS;
}

Server::~Server() {
  workers_.clear();
  admin_.reset();
  alerts_.reset();
  if (!loop_ready_) return;
  crl_.stop();
  signals_.clear();
  watchdog_.reset();
  first_moments_.reset();
  successor_.reset();
  end_.reset();
  drained_.close();
  stop_requested_.close();
  uv_run(&loop_, UV_RUN_DEFAULT);
  uv_loop_close(&loop_);
}

void Server::request_stop() {
  uv_async_send(stop_requested_.get());
}

std::vector<std::string> Server::addresses() const {
  std::vector<std::string> all;
  for (const auto& route : routes_) all.push_back(route->address);
  return all;
}

// --- configuration ----------------------------------------------------------------------------------------

Result<std::uint32_t> Server::connection_limit(const config::Settings& settings) {
  auto descriptors = raise_descriptor_limit();
  if (!settings.crl_listen.host.empty())
    descriptors -= std::min<std::uint64_t>(descriptors, http::Limits{}.connections + 1);
  if (!settings.admin.listen.host.empty())
    descriptors -= std::min<std::uint64_t>(descriptors, admin_descriptors);
  const auto possible =
      connections_for(descriptors, settings.workers, static_cast<unsigned>(settings.routes.size()));
  if (possible == 0)
    return fail("the descriptor limit of " + std::to_string(raise_descriptor_limit()) +
                " leaves none for a connection beside listeners, workers and logs: raise it (ulimit -n, "
                "LimitNOFILE=)" +
                (settings.workers > 1 ? " or lower workers" : ""));
  if (settings.max_connections > possible)
    return fail("max-connections is " + std::to_string(settings.max_connections) +
                ", but the descriptor limit of " + std::to_string(descriptors) + " allows " +
                std::to_string(possible) + ": raise it (ulimit -n, LimitNOFILE=) or lower max-connections");
  return settings.max_connections != 0 ? settings.max_connections : possible;
}

/// The token is read and the socket bound, which may need rights that aren't kept.
Result<Server::AdminPlan> Server::prepare_admin(const config::Settings& settings) {
  AdminPlan plan;
  const auto& wanted = settings.admin;
  if (wanted.listen.host.empty()) return plan;
  plan.access.hosts = wanted.hosts;
  if (!wanted.token_file.empty()) {
    auto token = admin::read_token(wanted.token_file);
    if (!token) return fail(settings.label("admin-token-file") + ": " + token.error().message);
    plan.access.token = std::move(*token);
  }
  auto group = listen_on(admin_listener, wanted.listen, 1);
  if (!group) return fail(settings.label("admin") + ": " + group.error().message);
  plan.address = group->address;
  plan.socket = std::move(group->sockets);
  return plan;
}

Result<void> Server::start_admin(AdminPlan plan) {
  if (plan.socket.empty()) return {};
  admin_socket_ = std::move(plan.socket);
  auto copy = admin_socket_.front().copy();
  if (!copy) return tl::unexpected(copy.error());
  admin::Endpoint::Setup setup;
  setup.access = std::move(plan.access);
  setup.version = MAILTAP_VERSION;
  setup.cryptography = crypto::describe_backend();
  setup.gauges = [this] {
    admin::Gauges gauges;
    gauges.open_connections = connections_.count();
    gauges.most_connections = connections_.limit();
    gauges.log_lines_lost = writers_.logs.lost();
    gauges.alerts = alerts_->figures();
    return gauges;
  };
  setup.others = [this](const http::Request& request) { return crl_.answer(request); };
  admin_ = std::make_unique<admin::Endpoint>(messages_, std::move(setup), copy->take());
  messages_.say("mailtap: admin at http://" + plan.address.to_string() + "/");
  return {};
}

void Server::show_routes() {
  if (!admin_) return;
  std::vector<admin::ShownRoute> shown;
  for (const auto& route : routes_)
    shown.push_back({route->settings.id, route->address, route->settings.upstream.to_string(),
                     std::string(config::to_string(route->settings.present))});
  admin_->set_routes(std::move(shown));
  admin_->set_ready(true);
}

void Server::set_alerts(std::optional<alerts::Webhook::Settings> webhook) {
  alerts::Logs logs;
  for (const auto& route : routes_) logs.emplace(route->settings.id, route->log);
  alerts_->set(settings_.alerts, std::move(webhook), std::move(logs));
}

Result<Server::Change> Server::prepare(const config::Settings& settings) {
  auto limit = connection_limit(settings);
  if (!limit) return tl::unexpected(limit.error());
  auto webhook = alerts::prepare_webhook(settings.alerts.webhook);
  if (!webhook) return tl::unexpected(webhook.error());
  auto crl = crl_.prepare(
      settings, [this](const config::Endpoint& endpoint) { return listen_on(crl_listener, endpoint, 1); });
  if (!crl) return tl::unexpected(crl.error());
  Change change{settings, {}, {}, *limit, std::move(*crl), std::move(*webhook)};
  std::vector<LocalCaPtr> authorities;
  auto running_routes = routes_;  // those that no route of the new configuration has taken over yet
  for (const auto& route : settings.routes) {
    const auto same_listener = std::find_if(
        running_routes.begin(), running_routes.end(),
        [&](const auto& running) { return running && running->settings.listen == route.listen; });
    // Several routes may listen on "any free port": each is taken over once, in order.
    const auto previous =
        same_listener != running_routes.end() ? std::exchange(*same_listener, nullptr) : nullptr;
    const auto is_tproxy = [](const config::Route& of) {
      return of.insertion.transparent == config::Transparency::tproxy;
    };
    if (previous != nullptr && is_tproxy(previous->settings) != is_tproxy(route))
      return fail(route.label("transparent") +
                  ": tproxy is a matter of the listening socket; give the route another "
                  "port, or restart");
    auto running = start_route(route, change.crl.published_at, previous.get());
    if (!running) return tl::unexpected(running.error());
    auto& sockets = change.sockets.emplace_back();
    if (previous != nullptr) {
      (*running)->address = previous->address;
    } else {
      auto group = listen_on(route.id, route.listen, settings_.workers, is_tproxy(route));
      if (!group) return fail(route.origin + ": " + group.error().message);
      (*running)->address = group->address.to_string();
      sockets = std::move(group->sockets);
    }
    const auto& presenter = (*running)->presenter;
    if (auto ca = presenter ? presenter->local_ca() : nullptr) authorities.push_back(std::move(ca));
    change.routes.push_back(std::move(*running));
  }
  if (auto ready = CrlListener::sign(change.crl, authorities); !ready) return tl::unexpected(ready.error());
  return change;
}

Result<void> Server::open_outputs(Change& change) {
  writers_.trace_files = change.settings.trace_files;
  for (const auto& route : change.routes)
    if (auto opened = open_route_outputs(*route, writers_); !opened) return opened;
  return {};
}

/// Inherited, or bound anew.
Result<net::ListenGroup> Server::listen_on(const std::string& id, const config::Endpoint& endpoint,
                                           unsigned count, bool for_others) {
  if (auto inherited = launch_.sockets.take(id, endpoint); !inherited.empty()) {
    auto address = inherited.front().address();
    return net::ListenGroup{std::move(inherited), std::move(address)};
  }
  return net::bind_group(endpoint, count, for_others);
}

void Server::apply(Change change) {
  connections_.set_limit(change.connection_limit);
  writers_.traces.set_bounds(trace_bounds(change.settings.trace_files));
  for (std::size_t worker = 0; worker < workers_.size(); ++worker) {
    std::vector<Assignment> assignments;
    for (std::size_t i = 0; i < change.routes.size(); ++i)
      assignments.push_back(
          {change.routes[i], sockets_of(worker, workers_.size(), change.sockets[i], messages_)});
    workers_[worker]->set_routes(std::move(assignments));
  }
  for (std::size_t i = 0; i < change.routes.size(); ++i)
    if (!change.sockets[i].empty()) messages_.say("listening " + change.routes[i]->address);
  // By address, as the workers know them: a route's id may have changed.
  std::map<std::string, std::vector<net::ListenSocket>> before;
  before.swap(listening_);
  for (std::size_t i = 0; i < change.routes.size(); ++i) {
    const auto& address = change.routes[i]->address;
    auto& sockets = change.sockets[i].empty() ? before[address] : change.sockets[i];
    listening_.emplace(address, std::move(sockets));
  }
  crl_.apply(std::move(change.crl));
  for (const auto& route : change.settings.routes)
    for (const auto& risk : risks_of(route)) messages_.warn(risk);
  routes_ = std::move(change.routes);
  settings_ = std::move(change.settings);
  show_routes();
  set_alerts(std::move(change.webhook));
}

/// A script, or several, may send many signals: what comes within a moment is one reload, and what comes
/// during it one more.
void Server::want_reload() {
  constexpr std::chrono::milliseconds moment{100};
  if (draining_) return;
  writers_.logs.reopen_all();
  if (reload_) {
    reload_again_ = true;
    return;
  }
  if (!reload_soon_) reload_soon_ = std::make_unique<net::Timer>(&loop_, [this] { reload(); });
  if (!reload_soon_->active()) reload_soon_->start(moment);
}

/// Reading keys, certificates and trusted roots may take seconds. It is done elsewhere: signals are heard
/// meanwhile. Nothing that it reads of the server changes before reload_prepared().
void Server::reload() {
  if (draining_ || reload_) return;
  launch_.service.notify_reloading();
  reload_ = std::make_shared<Reload>();
  reload_->work.data = reload_.get();
  reload_->server = this;
  const auto prepare_it = [](uv_work_t* work) {
    auto& reload = *static_cast<Reload*>(work->data);
    auto settings = reload.server->load_();
    if (settings) reload.server->keep_process_options(*settings);
    reload.change = settings ? reload.server->prepare(*settings) : tl::unexpected(settings.error());
  };
  const auto prepared = [](uv_work_t* work, int) {
    static_cast<Reload*>(work->data)->server->reload_prepared();
  };
  if (uv_queue_work(&loop_, &reload_->work, prepare_it, prepared) != 0) reload_.reset();
}

void Server::reload_prepared() {
  const auto reload = std::move(reload_);
  if (draining_ && !alerts_) give_up_.reset();  // end() has waited for this alone
  if (draining_) return;
  if (const auto replaced = take_over(*reload); replaced)
    messages_.say("mailtap: reloaded");
  else
    messages_.warn("reload failed, the old configuration goes on: " + replaced.error().message);
  launch_.service.notify("READY=1\nSTATUS=" + status());
  if (std::exchange(reload_again_, false)) want_reload();
}

Result<void> Server::take_over(Reload& reload) {
  if (!reload.change) return tl::unexpected(reload.change.error());
  if (auto opened = open_outputs(*reload.change); !opened) return opened;
  apply(std::move(*reload.change));
  return {};
}

/// Those that a process has for its life.
void Server::keep_process_options(config::Settings& settings) const {
  const auto keep = [&](const auto& running, auto& wanted, std::string_view name) {
    if (wanted == running) return;
    messages_.warn("reload: " + std::string(name) + " changes only with a restart");
    wanted = running;
  };
  keep(settings_.workers, settings.workers, "the number of workers");
  keep(settings_.crypto, settings.crypto, "crypto");
  keep(settings_.user, settings.user, "user");
  keep(settings_.group, settings.group, "group");
  keep(settings_.core_dumps, settings.core_dumps, "core-dumps");
  keep(settings_.admin, settings.admin, "what is given of admin");
}

// --- the service manager
// ------------------------------------------------------------------------------------

std::string Server::status() const {
  const auto count = connections_.count();
  return std::to_string(routes_.size()) + (routes_.size() == 1 ? " route, " : " routes, ") +
         std::to_string(count) + (count == 1 ? " connection" : " connections");
}

/// A sign of life goes out when every worker has given one. After a hand-over the other process gives them:
/// were this one to go on, nobody would notice if that one hung.
void Server::watch_over_workers() {
  const auto patience = launch_.service.watchdog();
  if (patience.count() == 0) return;
  watchdog_ = std::make_unique<net::Timer>(&loop_, [this] {
    if (handed_over_ || unanswered_ != 0) return;  // if one of them hangs it is systemd's turn
    launch_.service.notify("WATCHDOG=1\nSTATUS=" + std::string(draining_ ? "draining, " : "") + status());
    for (const auto& worker : workers_) {
      ++unanswered_;
      if (!worker->ask_for_life([this] { --unanswered_; })) --unanswered_;
    }
  });
  watchdog_->start({}, std::max<std::chrono::milliseconds>(patience / 4, std::chrono::milliseconds(1)));
}

// --- the end ----------------------------------------------------------------------------------------------

void Server::hand_over() {
  if (draining_ || successor_) return;
  if (auto started = start_successor(); !started)
    messages_.warn("no other process has taken over, this one goes on: " + started.error().message);
}

Result<void> Server::start_successor() {
  Successor::Sockets sockets;
  for (const auto& route : routes_)
    for (const auto& socket : listening_[route->address]) sockets.emplace_back(route->settings.id, &socket);
  for (const auto& socket : crl_.socket()) sockets.emplace_back(crl_listener, &socket);
  for (const auto& socket : admin_socket_) sockets.emplace_back(admin_listener, &socket);
  const auto failed = [this](const std::string& why) {
    successor_.reset();
    if (handed_over_) return successor_died(why);
    messages_.warn("no other process has taken over, this one goes on: " + why);
  };
  const auto ready = [this](int pid) {
    messages_.say("mailtap: process " + std::to_string(pid) + " has taken over");
    launch_.service.notify("MAINPID=" + std::to_string(pid));
    handed_over_at_ = std::chrono::steady_clock::now();
    first_moments_ = std::make_unique<net::Timer>(&loop_, [this] { listening_.clear(); });
    first_moments_->start(watched_moments);
    if (!std::exchange(handed_over_, true)) drain();
  };
  const auto died = [this](const std::string& why) {
    successor_.reset();
    successor_died(why);
  };
  constexpr std::uint64_t ids_of_a_successor = 1'000'000;  // each lost one may have used some
  auto successor =
      Successor::start(&loop_, sockets, first_id_after(next_id_ + successors_lost_ * ids_of_a_successor),
                       {ready, failed, died});
  if (!successor) return tl::unexpected(successor.error());
  successor_ = std::move(*successor);
  return {};
}

/// As long as this process is still there somebody notices. In the successor's first moments the sockets are
/// still kept too: clients wait in the kernel's queue for another one. A service manager watches over
/// successors itself.
void Server::successor_died(const std::string& why) {
  constexpr unsigned most_attempts = 3;
  if (why.empty()) return listening_.clear();
  const bool starts_another = !launch_.service.present() && !told_to_stop_ && !listening_.empty() &&
                              ++successors_lost_ < most_attempts;
  messages_.warn("the process that had taken over is gone, and nobody accepts connections" +
                 std::string(starts_another ? "; another one is started: " : ": ") + why);
  if (!starts_another) return listening_.clear();
  if (auto started = start_successor(); !started) successor_died(started.error().message);
}

void Server::stop_signal() {
  if (!draining_) return drain();
  if (!alerts_) return;  // after end(): the loop only closes its handles, and a timer would keep it
  // Whoever drains because of a hand-over hasn't been told to stop yet: systemd sends the first SIGTERM to it
  // as well.
  if (handed_over_ && !std::exchange(told_to_stop_, true)) {
    listening_.clear();
    if (end_ && end_->active()) end_->start({});
    return;
  }
  messages_.say("mailtap: stopping at once");
  for (const auto& worker : workers_) worker->stop();
  if (alerts_) alerts_->hurry();
  // A name look-up that doesn't end can't be taken back, and would keep its worker's loop.
  constexpr std::chrono::seconds patience{1};
  if (!give_up_) give_up_ = std::make_unique<net::Timer>(&loop_, [] { std::_Exit(EXIT_FAILURE); });
  if (!give_up_->active()) give_up_->start(patience);
}

void Server::drain() {
  draining_ = true;
  if (admin_) admin_->set_ready(false);
  if (admin_ && handed_over_) admin_->hand_over();
  if (handed_over_) admin_socket_.clear();
  messages_.say("mailtap: draining: no new connections, " + std::to_string(connections_.count()) +
                " go on for up to " + std::to_string(settings_.drain.count() / 1000) + " s");
  // After a hand-over the service is the other process.
  if (!handed_over_) launch_.service.notify("STOPPING=1\nSTATUS=draining, " + status());
  if (!handed_over_ || launch_.service.present()) listening_.clear();
  crl_.forget_socket();
  for (const auto& worker : workers_) worker->drain(settings_.drain);
}

/// How long an end is put off for a successor's first moments, in which what is wrong with it shows.
std::chrono::milliseconds Server::time_to_watch() const {
  if (!handed_over_ || launch_.service.present() || told_to_stop_) return {};
  const auto since = std::chrono::steady_clock::now() - handed_over_at_;
  return std::max(std::chrono::milliseconds(0),
                  std::chrono::duration_cast<std::chrono::milliseconds>(watched_moments - since));
}

void Server::worker_drained() {
  if (drained_workers_ < workers_.size()) return;
  workers_.clear();  // joined: none of them still uses drained_, admin_ or alerts_
  drained_.close();
  admin_.reset();
  end_ = std::make_unique<net::Timer>(&loop_, [this] { end(); });
  alerts_->hear();
  alerts_->finish([this] { end_->start(time_to_watch()); });
}

/// A configuration that can't be read to its end (on a file system that hangs) doesn't keep the process.
void Server::give_up_on_reload() {
  constexpr std::chrono::seconds patience{2};
  if (!reload_) return;
  give_up_ = std::make_unique<net::Timer>(&loop_, [this] {
    routes_.clear();  // with the last route its log is written out
    std::_Exit(EXIT_SUCCESS);
  });
  give_up_->start(patience);
}

/// What keeps the loop going goes.
void Server::end() {
  alerts_.reset();
  crl_.stop();
  for (const auto& signal : signals_) uv_unref(signal.as_handle());
  reload_soon_.reset();
  stop_requested_.close();
  give_up_.reset();
  watchdog_.reset();
  first_moments_.reset();
  successor_.reset();
  give_up_on_reload();
}

}  // namespace mailtap::proxy
