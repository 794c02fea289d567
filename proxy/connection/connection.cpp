#include "proxy/connection/connection.h"

#include <algorithm>
#include <utility>

#include "inspect/record.h"
#include "proxy/connection/dialling.h"
#include "proxy/connection/intercept.h"
#include "proxy/connection/passthrough.h"
#include "proxy/ingress/connect_request.h"
#include "proxy/route/admission.h"
#include "tls/ja4.h"

namespace mailtap::proxy {

using inspect::Reason;
using inspect::Side;

Connection::Connection(Services& services, RunningRoutePtr route, std::uint64_t id, Owner& owner)
    : owner_(owner), context_(services, std::move(route)) {
  const auto& settings = context_.settings();
  context_.target = settings.upstream;
  auto& record = context_.record;
  record.id = id;
  record.route = settings.id;
  record.language = context_.route->language;
  record.arrival.way = ingress::way_of(settings.ingress);
  record.time = std::chrono::system_clock::now();
}

void Connection::start(Accepted accepted) {
  const auto& route = *context_.route;
  downstream_ = std::move(accepted.stream);
  context_.client = downstream_->peer();
  context_.record.downstream.address = context_.client.to_string();
  if (const auto refusal = admit_connection(route, context_.places)) return end(*refusal);
  if (ingress::is_needed(route.settings, route.names)) return start_ingress(accepted.original_destination);
  if (const auto refusal = admit_client(route, context_.client, context_.places)) return end(*refusal);
  const bool tells_destination = route.settings.ingress.send_proxy_protocol != config::ProxyVersion::none;
  if (tells_destination || route.traces) context_.destination = downstream_->local();
  begin_strategy(nullptr);
}

// --- ingress filters --------------------------------------------------------------------------------------

void Connection::start_ingress(const std::optional<net::Address>& original_destination) {
  ingress_ = std::make_unique<Ingress>();
  auto& incoming = ingress_->incoming;
  incoming.client = context_.client;
  incoming.target = context_.target;
  if (!find_destination(original_destination)) return;
  const auto& route = *context_.route;
  ingress_->filters = ingress::make_filters(route.settings, route.names);
  std::reverse(ingress_->filters.begin(), ingress_->filters.end());
  if (ingress::expects_proxy_header(route.settings.ingress, context_.client)) {
    ingress_->filters.push_back(ingress::make_proxy_header_filter());
  } else if (const auto refusal = admit_client(route, context_.client, context_.places)) {
    return end(*refusal);
  }
  ingress_->timer = context_.services.timers.make([this] { time_passed(); });
  ingress_->timer->start(route.settings.deadlines.hello);
  downstream_->set_events(*this);
  if (!ingress_->filters.empty()) downstream_->start_reading();
  run_filters();
}

bool Connection::find_destination(const std::optional<net::Address>& original_destination) {
  auto& incoming = ingress_->incoming;
  incoming.destination = downstream_->local();
  if (context_.settings().ingress.transparent == config::Transparency::none) return true;
  if (!original_destination || context_.services.own_listeners.contains(*original_destination)) {
    end({Reason::loop, Side::mailtap,
         "the client connected to mailtap itself instead of being diverted here by the firewall"});
    return false;
  }
  incoming.destination = *original_destination;
  incoming.target = original_destination->endpoint();
  return true;
}

void Connection::run_filters() {
  while (!ingress_->filters.empty()) {
    if (ingress_->bytes.empty()) return;
    const auto passed = ingress_->filters.back()->read(ingress_->bytes, ingress_->incoming);
    context_.target = ingress_->incoming.target;
    if (!passed) return refuse(passed.error());
    if (!*passed) return;
    ingress_->filters.pop_back();
    if (!filter_passed()) return;
  }
  context_.target = ingress_->incoming.target;
  ingress_->incoming.wants_tunnel ? open_tunnel() : begin_strategy(nullptr);
}

/// A PROXY header has told who the client is, to which its limits apply. False: it is refused.
bool Connection::filter_passed() {
  auto& incoming = ingress_->incoming;
  if (!std::exchange(incoming.told_by_proxy, false)) return true;
  ingress_->has_spoken = false;
  context_.record.arrival.proxy = context_.client.to_string();
  context_.client = incoming.client;
  context_.record.downstream.address = context_.client.to_string();
  const auto refusal = admit_client(*context_.route, context_.client, context_.places);
  if (refusal) end(*refusal);
  return !refusal;
}

/// The client of CONNECT hears of a server that can't be reached.
void Connection::open_tunnel() {
  context_.destination = ingress_->incoming.destination;
  context_.record.upstream_configured = context_.target.to_string();
  ingress_->timer->stop();
  ingress_->connect_began = Context::Clock::now();
  ingress_->dialling =
      context_.services.dialer.dial(context_.target, context_.settings().deadlines.connect, *this);
  ingress_->dialling->begin();
}

/// False: nothing is dialled.
bool Connection::give_up_dialling() {
  return ingress_ && std::exchange(ingress_->dialling, nullptr) != nullptr;
}

void Connection::on_dialing(const net::Address& address) {
  context_.record.upstream.address = address.to_string();
}

void Connection::on_dialled(std::unique_ptr<net::Stream> stream, const net::Address& address) {
  context_.record.upstream.address = address.to_string();
  send_preface(*stream, context_);
  downstream_->send(as_bytes(ingress::tunnel_open));
  begin_strategy(std::move(stream));
}

void Connection::on_not_dialled(const net::DialFailure& why) {
  refuse({ending_of(why, context_.target.host), ingress::tunnel_refusal(why, context_.target)});
}

// --- the strategy -----------------------------------------------------------------------------------------

void Connection::begin_strategy(std::unique_ptr<net::Stream> upstream) {
  Strategy::Beginning beginning;
  if (ingress_) {
    downstream_->stop_reading();
    context_.destination = ingress_->incoming.destination;
    beginning.early_bytes = std::move(ingress_->bytes);
    beginning.hello = std::move(ingress_->incoming.hello);
    beginning.connect_began = ingress_->connect_began;
    ingress_.reset();
  }
  context_.record.upstream_configured = context_.target.to_string();
  beginning.downstream = std::move(downstream_);
  beginning.upstream = std::move(upstream);
  Strategy::Host& host = *this;
  if (context_.settings().mode == config::Mode::observe)
    strategy_ = std::make_unique<Passthrough>(context_, host);
  else
    strategy_ = std::make_unique<Intercept>(context_, host);
  strategy_->start(std::move(beginning));
}

// --- ending -----------------------------------------------------------------------------------------------

void Connection::stop(Reason reason, const std::string& detail) {
  if (late_) return tell_late();
  if (is_over_) return;
  if (strategy_) return strategy_->stop(reason, detail);
  const inspect::Ending why{reason, Side::mailtap, detail};
  if (give_up_dialling()) return refuse({why, ingress::shutdown_refusal()});
  if (ingress_ && !ingress_->filters.empty()) return refuse(ingress_->filters.back()->stopped(why));
  end(why);
}

/// Before there is a strategy.
void Connection::refuse(const ingress::Refusal& refusal) {
  auto& record = context_.record;
  record.ending = refusal.ending;
  record.total = inspect::since(context_.accepted);
  if (!context_.target.host.empty()) record.upstream_configured = context_.target.to_string();
  if (ingress_ && ingress_->incoming.hello) {
    record.downstream.name = ingress_->incoming.hello->sni;
    record.ja4 = tls::ja4(*ingress_->incoming.hello);
  }
  if (!refusal.words.empty()) downstream_->send(refusal.words);
  downstream_->close();
  if (ingress_ && ingress_->timer) ingress_->timer->stop();
  conclude({});
}

/// The one end: nothing can change the record any more but what the system says, which holds up nobody.
void Connection::conclude(const std::vector<Buffer>& chain) {
  if (std::exchange(is_over_, true)) return;
  const auto& services = context_.services;
  auto answer = services.verifier.await_system(context_.record, [this] { tell_late(); });
  if (!answer) return tell(chain);
  context_.places.clear();
  late_ = std::make_unique<Late>();
  late_->chain = chain;
  late_->answer = std::move(answer);
  late_->timer = services.timers.make([this] { tell_late(); });
  late_->timer->start(longest_wait);
}

/// The system has answered, or was waited for long enough.
void Connection::tell_late() {
  if (std::exchange(late_->is_told, true)) return;
  late_->timer->stop();
  tell(late_->chain);
}

/// Its line, and whoever else hears of it.
void Connection::tell(const std::vector<Buffer>& chain) {
  auto& services = context_.services;
  auto& record = context_.record;
  context_.recording.write(record, chain);
  context_.route->log->write(record);
  services.end_listener.ended(record);
  if (services.watcher != nullptr) {
    if (strategy_) strategy_->note_beginnings();
    if (auto messages = context_.recording.messages()) record.messages = std::move(messages);
    services.watcher->ended(std::move(record));
  }
  owner_.on_finished(*this);
}

// --- events -----------------------------------------------------------------------------------------------

void Connection::time_passed() {
  refuse(ingress_->filters.back()->timed_out());
}

void Connection::on_data(net::Stream& stream, Bytes bytes) {
  auto& received = ingress_->bytes;
  ingress_->has_spoken = true;
  received.insert(received.end(), bytes.begin(), bytes.end());
  if (!ingress_->dialling) return run_filters();
  // A client that doesn't wait for the answer; there is no end to what it may send.
  if (received.size() > tls::max_client_hello_stream) stream.stop_reading();
}

void Connection::on_end(net::Stream& /*stream*/) {
  if (!ingress_->has_spoken) return end({Reason::no_data, Side::downstream, {}});
  if (give_up_dialling())
    return end({Reason::downstream_handshake_failed, Side::downstream,
                "the client left before the server had answered"});
  refuse(ingress_->filters.back()->client_left());
}

void Connection::on_broken(net::Stream& /*stream*/, std::string_view why) {
  give_up_dialling();
  end({ingress_->has_spoken ? Reason::reset : Reason::no_data, Side::downstream, std::string(why)});
}

}  // namespace mailtap::proxy
