#include "proxy/runtime/server.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <unistd.h>

#include "config/base/process.h"
#include "config/base/text.h"
#include "config/base/version.h"
#include "proxy/http/token.h"
#include "proxy/runtime/preflight.h"
#include "proxy/runtime/privileges.h"
#include "tls/crypto/backend.h"

namespace mailtap::proxy {

Server::Server(const inspect::Messages& messages, LoadSettings reload, Launch launch)
    : messages_(messages),
      load_(std::move(reload)),
      launch_(std::move(launch)),
      writers_(messages),
      next_id_(launch_.predecessor.first_id()),
      alerts_(std::make_unique<alerts::Service>(&loop_.uv, messages, launch_.alerted)),
      workers_(&loop_.uv, {messages, connections_, next_id_}, [this] { on_workers_drained(); }) {}

// --- start ------------------------------------------------------------------------------------------------

Result<void> Server::start(const config::Settings& settings) {
  ignore_broken_pipes();
  const auto transaction = begin_transaction();
  if (auto prepared = transaction->prepare(settings); !prepared) return prepared;
  auto admin = prepare_admin(settings);
  if (!admin) return tl::unexpected(admin.error());
  launch_.sockets.close_rest(messages_);
  if (auto became = run_as(settings.user, settings.group); !became)
    return fail(settings.label(became.error().about) + ": " + became.error().message);
  allow_core_dumps(settings.core_dumps);
  if (auto opened = transaction->open(); !opened) return opened;

  listen_for_signals();
  reloader_ = std::make_unique<Reloader>(
      &loop_.uv,
      Reloader::Hooks{[this] { launch_.service.notify_reloading(); }, [this] { return prepare_reload(); },
                      [this](Reloader::Prepared prepared) { finish_reload(std::move(prepared)); }});
  hand_over_ = std::make_unique<HandOver>(
      &loop_.uv, messages_, launch_.service.present(),
      [this](unsigned lost, Successor::Events events) { return start_successor(lost, std::move(events)); },
      HandOver::Events{[this](int pid) { on_successor_ready(pid); },
                       [this](const std::string& why) {
                         life_.handle(Lifecycle::Event::successor_failed);
                         messages_.warn("no other process has taken over, this one goes on: " + why);
                       },
                       [this] { table_.forget_sockets(); }});
  if (auto ready = start_admin(std::move(*admin)); !ready) return ready;
  inspect::Watcher* watcher = admin_ ? &admin_->feed() : nullptr;
  if (launch_.sums_up) {
    tally_ = std::make_unique<Tally>(watcher);
    watcher = tally_.get();
  }
  workers_.start(settings.workers, watcher, alerts_->inbox());
  transaction->apply();
  life_.handle(Lifecycle::Event::started);
  launch_.predecessor.tell_ready();
  if (const auto how = how_to_tell(); !how.empty()) messages_.say(how);
  launch_.service.notify("READY=1\nSTATUS=" + status());
  watch_over_workers();
  return {};
}

std::unique_ptr<ConfigurationTransaction> Server::begin_transaction() {
  ConfigurationTransaction::Parts parts;
  parts.push_back(std::make_unique<ConnectionLimitPart>(connections_));
  parts.push_back(std::make_unique<RoutesPart>(
      RoutesPart::Running{messages_, writers_, table_, crl_, workers_},
      [this](const std::string& id, const config::Endpoint& endpoint, unsigned count, bool for_others) {
        return listen_on(id, endpoint, count, for_others);
      }));
  parts.push_back(std::make_unique<SettingsPart>(settings_));
  parts.push_back(std::make_unique<AdminPart>(admin_, table_));
  parts.push_back(std::make_unique<AlertsPart>(alerts_, table_));
  return std::make_unique<ConfigurationTransaction>(std::move(parts));
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

/// The token is read and the socket bound, which may need rights that aren't kept.
Result<Server::AdminPlan> Server::prepare_admin(const config::Settings& settings) {
  AdminPlan plan;
  const auto& wanted = settings.admin;
  if (wanted.listen.host.empty()) return plan;
  plan.access.hosts = wanted.hosts;
  if (!wanted.token_file.empty()) {
    auto token = http::read_token(wanted.token_file);
    if (!token) return fail(settings.label("admin-token-file") + ": " + token.error().message);
    plan.access.token = std::move(*token);
  }
  auto group = listen_on(admin_listener, wanted.listen, 1, false);
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
  setup.version = std::string(version());
  setup.cryptography = crypto::describe_backend();
  setup.gauges = [this] {
    admin::Gauges gauges;
    gauges.open_connections = connections_.count();
    gauges.max_connections = connections_.limit();
    gauges.log_lines_lost = writers_.logs.lost();
    gauges.alerts = alerts_->stats();
    return gauges;
  };
  setup.others = [this](const http::Request& request) { return crl_.answer(request); };
  admin_ = std::make_unique<admin::Endpoint>(messages_, std::move(setup), copy->take());
  admin_address_ = plan.address.to_string();
  messages_.say("mailtap: admin at http://" + admin_address_ + "/");
  return {};
}

void Server::listen_for_signals() {
  for (const auto& [number, what] : process_signals()) {
    signals_.push_back(net::Handle<uv_signal_t>::make(this, [&](uv_signal_t* uv) {
                         return uv_signal_init(&loop_.uv, uv);
                       }).first);
    uv_signal_start(
        signals_.back().get(),
        [](uv_signal_t* uv, int signal) {
          auto* self = static_cast<Server*>(uv->data);
          for (const auto& known : process_signals())
            if (known.number == signal) return self->on_told(known.what);
        },
        number);
  }
  told_ = net::Handle<uv_async_t>::make(this, [&](uv_async_t* async) {
            return uv_async_init(&loop_.uv, async, [](uv_async_t* uv) {
              if (auto* self = static_cast<Server*>(uv->data)) self->on_wishes();
            });
          }).first;
  control_ = std::make_unique<Control>([this](Told what) { tell(what); });
}

void Server::on_told(Told what) {
  switch (what) {
    case Told::stop: return on_stop();
    case Told::reload: return on_hangup();
    case Told::write_traces: return writers_.traces.write_last();
    case Told::hand_over: return on_hand_over();
  }
}

void Server::tell(Told what) {
  {
    const std::lock_guard lock(wishes_mutex_);
    wishes_.push_back(what);
  }
  uv_async_send(told_.get());
}

void Server::on_wishes() {
  std::vector<Told> wishes;
  {
    const std::lock_guard lock(wishes_mutex_);
    wishes.swap(wishes_);
  }
  for (const auto wish : wishes) on_told(wish);
}

std::string Server::status() const {
  const auto routes = table_.routes().size();
  const auto count = connections_.count();
  return std::to_string(routes) + (routes == 1 ? " route, " : " routes, ") + std::to_string(count) +
         (count == 1 ? " connection" : " connections");
}

/// A sign of life goes out when every worker has given one. After a hand-over the other process gives them:
/// were this one to go on, nobody would notice if that one hung.
void Server::watch_over_workers() {
  const auto patience = launch_.service.watchdog();
  if (patience.count() == 0) return;
  watchdog_ = std::make_unique<net::Timer>(&loop_.uv, [this] {
    if (life_.handed_over() || !workers_.has_answered()) return;  // if one hangs it is systemd's turn
    launch_.service.notify("WATCHDOG=1\nSTATUS=" + std::string(life_.is_ending() ? "draining, " : "") +
                           status());
    workers_.ask_for_life();
  });
  watchdog_->start({}, std::max<std::chrono::milliseconds>(patience / 4, std::chrono::milliseconds(1)));
}

int Server::run() {
  uv_run(&loop_.uv, UV_RUN_DEFAULT);
  table_.clear();  // signals are still taken, and change nothing any more, while the log is written out
  if (tally_) {
    auto text = tally_->text({.width = terminal::style_for(STDERR_FILENO).width, .colours = false});
    if (!text.empty()) text.pop_back();
    if (!text.empty()) messages_.say(text);
  }
  return EXIT_SUCCESS;
}

// --- reload -----------------------------------------------------------------------------------------------

void Server::on_hangup() {
  if (life_.is_ending()) return;
  writers_.logs.reopen_all();
  reloader_->request();
}

/// On another thread. Nothing that it reads of the server changes before finish_reload().
Reloader::Prepared Server::prepare_reload() {
  auto settings = load_();
  if (!settings) return tl::unexpected(settings.error());
  keep_process_options(*settings);
  auto transaction = begin_transaction();
  if (auto prepared = transaction->prepare(*settings); !prepared) {
    const auto all = preflight(*settings, /*bind_ports=*/false).problems;
    return all.empty() ? fail(prepared.error().message) : fail(join(all, "\n"));
  }
  return transaction;
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

void Server::finish_reload(Reloader::Prepared prepared) {
  if (life_.is(Lifecycle::State::ended)) give_up_.reset();  // end() has waited for this alone
  if (life_.is_ending()) return;
  const auto opened = prepared ? (*prepared)->open() : Result<void>(tl::unexpected(prepared.error()));
  if (opened) {
    (*prepared)->apply();
    messages_.say("mailtap: reloaded");
  } else {
    messages_.warn("reload failed, the old configuration goes on: " + opened.error().message);
  }
  launch_.service.notify("READY=1\nSTATUS=" + status());
}

// --- hand-over --------------------------------------------------------------------------------------------

void Server::on_hand_over() {
  if (!life_.permits(Lifecycle::Event::hand_over)) return;
  if (auto begun = hand_over_->begin(); !begun)
    return messages_.warn("no other process has taken over, this one goes on: " + begun.error().message);
  life_.handle(Lifecycle::Event::hand_over);
}

Result<std::unique_ptr<Successor>> Server::start_successor(unsigned lost, Successor::Events events) {
  auto sockets = table_.sockets();
  for (const auto& socket : crl_.socket()) sockets.emplace_back(crl_listener, &socket);
  for (const auto& socket : admin_socket_) sockets.emplace_back(admin_listener, &socket);
  constexpr std::uint64_t ids_of_a_successor = 1'000'000;  // each lost one may have used some
  return Successor::start(&loop_.uv, sockets, first_id_after(next_id_ + lost * ids_of_a_successor),
                          std::move(events));
}

void Server::on_successor_ready(int pid) {
  const bool drains_already = life_.is_ending();
  if (!life_.handle(Lifecycle::Event::successor_ready)) return;
  messages_.say("mailtap: process " + std::to_string(pid) + " has taken over");
  launch_.service.notify("MAINPID=" + std::to_string(pid));
  give_admin_away();
  if (!drains_already) drain();
}

void Server::give_admin_away() {
  if (admin_) admin_->hand_over();
  admin_socket_.clear();
}

// --- the end ----------------------------------------------------------------------------------------------

void Server::on_stop() {
  switch (life_.stop()) {
    case Lifecycle::Stopping::drain: return drain();
    case Lifecycle::Stopping::stop_waiting:
      hand_over_->stop_watching();
      if (linger_ && linger_->active()) linger_->start({});
      return;
    case Lifecycle::Stopping::at_once: return stop_at_once();
    case Lifecycle::Stopping::nothing: return;
  }
}

void Server::drain() {
  reloader_->stop();
  if (admin_) admin_->set_ready(false);
  messages_.say("mailtap: draining: no new connections, " + std::to_string(connections_.count()) +
                " go on for up to " + std::to_string(settings_.drain.count() / 1000) + " s");
  // After a hand-over the service is the other process.
  if (!life_.handed_over()) launch_.service.notify("STOPPING=1\nSTATUS=draining, " + status());
  if (!life_.handed_over() || launch_.service.present()) table_.forget_sockets();
  crl_.forget_socket();
  workers_.drain(settings_.drain);
}

void Server::stop_at_once() {
  messages_.say("mailtap: stopping at once");
  workers_.stop();
  alerts_->hurry();
  // A name look-up that doesn't end can't be taken back, and would keep its worker's loop.
  constexpr std::chrono::seconds patience{1};
  if (!give_up_) give_up_ = std::make_unique<net::Timer>(&loop_.uv, [] { std::_Exit(EXIT_FAILURE); });
  if (!give_up_->active()) give_up_->start(patience);
}

void Server::on_workers_drained() {
  release_workers();
  linger_ = std::make_unique<net::Timer>(&loop_.uv, [this] { end(); });
  alerts_->hear();
  alerts_->finish([this] { linger_->start(hand_over_->left_to_watch()); });
}

/// What keeps the loop going goes. A configuration that can't be read to its end (on a file system that
/// hangs) doesn't keep the process.
void Server::end() {
  life_.handle(Lifecycle::Event::drained);
  release_services();
  for (const auto& signal : signals_) uv_unref(signal.as_handle());
  constexpr std::chrono::seconds patience{2};
  if (!reloader_->is_under_way()) return;
  give_up_ = std::make_unique<net::Timer>(&loop_.uv, [this] {
    table_.clear();  // with the last route its log is written out
    std::_Exit(EXIT_SUCCESS);
  });
  give_up_->start(patience);
}

// The order in which everything goes, each before what it uses. In an orderly end alerts are delivered
// between the two; destroyed without one, the server takes both steps at once.

void Server::release_workers() {
  workers_.join();  // they report to admin_ and alerts_
  admin_.reset();   // it asks alerts_ and crl_
}

void Server::release_services() {
  alerts_.reset();
  crl_.stop();
  control_.reset();  // its thread uses the other
  told_.close();
  watchdog_.reset();
  give_up_.reset();
  hand_over_.reset();
}

Server::~Server() {
  release_workers();
  release_services();
  linger_.reset();
  reloader_.reset();
  signals_.clear();
  uv_run(&loop_.uv, UV_RUN_DEFAULT);  // the close callbacks, and a reload that is still under way
}

}  // namespace mailtap::proxy
