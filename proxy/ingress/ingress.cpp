#include "proxy/ingress/ingress.h"

#include "proxy/ingress/original_destination.h"
#include "proxy/ingress/proxy_header.h"
#include "proxy/route/admission.h"
#include "tls/alert.h"
#include "tls/ja4.h"

namespace mailtap::proxy::ingress {

using config::Transparency;
using inspect::Ending;
using inspect::Reason;
using inspect::Side;

namespace {

config::Endpoint endpoint_of(const net::Address& address) {
  auto host = address.to_string();
  host.resize(host.rfind(':'));
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  return {std::move(host), address.port()};
}

std::string_view way_of(const config::Insertion& how) {
  if (how.connect_proxy) return "connect";
  if (how.transparent != Transparency::none) return to_string(how.transparent);
  return how.sni_routes.empty() ? "direct" : "sni";
}

}  // namespace

Ingress::Ingress(WorkerServices& services, RunningRoutePtr route, std::uint64_t id, Owner& owner)
    : services_(services),
      route_(std::move(route)),
      owner_(owner),
      accepted_(Clock::now()),
      downstream_(services.loop, *this, services.read_buffer),
      upstream_(services.loop, *this, services.read_buffer),
      connector_(services, upstream_, *this),
      target_(route_->settings.upstream),
      timer_(services.loop, [this] { deadline_passed(); }) {
  record_.id = id;
  record_.route = route_->settings.id;
  record_.time = std::chrono::system_clock::now();
  record_.arrival.way = way_of(route_->settings.insertion);
}

bool Ingress::is_needed(const RunningRoute& route) {
  return !route.settings.insertion.is_direct() || !route.names.empty();
}

int Ingress::accept(uv_stream_t* listener) {
  return downstream_.accept(listener);
}

void Ingress::start() {
  client_ = downstream_.peer();
  record_.downstream.address = client_.to_string();
  if (auto ending = admit_connection(*route_, places_)) return finish(*ending);
  find_destination();
  if (is_over_) return;
  timer_.start(route_->settings.deadlines.hello);
  if (!expects_header()) return client_known();
  await(Phase::proxy_header);
}

/// From those who send headers one is required: were it left out, they would speak for their clients unseen.
bool Ingress::expects_header() const {
  const auto& how = route_->settings.insertion;
  if (!how.proxy_protocol) return false;
  return how.proxy_protocol_from.empty() || config::contains(how.proxy_protocol_from, client_.host_key());
}

// --- original destination ---------------------------------------------------------------------------------

void Ingress::find_destination() {
  destination_ = downstream_.local();
  const auto how = route_->settings.insertion.transparent;
  if (how == Transparency::none) return;
  const auto original = original_destination(downstream_, how);
  if (!original || services_.own_listeners.contains(*original))
    return finish({Reason::loop, Side::mailtap,
                   "the client connected to mailtap itself instead of being diverted here by the firewall"});
  destination_ = *original;
  target_ = endpoint_of(*original);
  record_.upstream_configured = target_.to_string();
}

// --- PROXY header -----------------------------------------------------------------------------------------

void Ingress::read_proxy_header() {
  const auto header = parse_proxy_header(bytes_);
  if (!header) return finish({Reason::proxy_header_bad, Side::downstream, header.error().message});
  if (!*header) return;
  const auto& [ends, size] = **header;
  bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(size));
  has_spoken_ = false;  // the client itself
  record_.arrival.proxy = client_.to_string();
  if (ends) {
    client_ = ends->source;
    destination_ = ends->destination;
    record_.downstream.address = client_.to_string();
  }
  client_known();
}

void Ingress::client_known() {
  if (auto ending = admit_client(*route_, client_, places_)) return finish(*ending);
  if (route_->settings.insertion.connect_proxy) {
    request_ = std::make_unique<ConnectRequest>();
    return await(Phase::request);
  }
  if (!route_->names.empty()) return await(Phase::hello);
  complete();
}

void Ingress::await(Phase phase) {
  phase_ = phase;
  downstream_.start_reading();
  if (!bytes_.empty()) go_on();
}

void Ingress::go_on() {
  switch (phase_) {
    case Phase::proxy_header: return read_proxy_header();
    case Phase::request: return read_request();
    case Phase::hello: return read_hello();
    case Phase::connecting:
      // A client that doesn't wait for the answer; there is no end to what it may send.
      if (bytes_.size() > tls::max_client_hello_stream) downstream_.stop_reading();
      return;
  }
}

// --- CONNECT ----------------------------------------------------------------------------------------------

void Ingress::read_request() {
  using State = ConnectRequest::State;
  const auto state = request_->feed(Bytes(bytes_).subspan(request_fed_));
  request_fed_ = bytes_.size();
  const auto refused = [](const std::string& detail) {
    return Ending{Reason::connect_refused, Side::downstream, detail};
  };
  switch (state) {
    case State::need_more: return;
    case State::bad: return refuse_request(400, refused(request_->problem()), request_->problem());
    case State::too_large:
      return refuse_request(431, refused("a request of more than 8 KiB"), "the request is longer than 8 KiB");
    case State::wrong_method:
      return refuse_request(
          405, refused("another method than CONNECT"),
          "this is a proxy for TLS, which a client asks for by CONNECT. Set it as the proxy for https alone");
    case State::complete: break;
  }
  bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(request_->size()));
  requested(request_->target());
}

void Ingress::requested(const config::Endpoint& target) {
  target_ = target;
  record_.upstream_configured = target_.to_string();
  if (!config::is_allowed(route_->settings.insertion.connect_allow, target_))
    return refuse_request(403, {Reason::connect_refused, Side::mailtap, "connect-allow doesn't have this"},
                          target_.to_string() +
                              " is no destination that this proxy allows. Let its "
                              "administrator add it to connect-allow");
  phase_ = Phase::connecting;
  connect_began_ = Clock::now();
  connector_.announce(route_->settings.insertion.send_proxy_protocol, client_, destination_);
  connector_.begin(target_, route_->settings.deadlines.connect);
}

void Ingress::resolving(std::chrono::milliseconds within) {
  timer_.start(within);
}

void Ingress::connecting(const net::Address& address, std::chrono::milliseconds within) {
  record_.upstream.address = address.to_string();
  timer_.start(within);
}

void Ingress::not_connected(const Ending& why) {
  refuse_request_after(why);
}

void Ingress::on_connected(net::TcpStream&, int status) {
  status == 0 ? connected() : connector_.address_failed(status);
}

void Ingress::connected() {
  downstream_.send(as_bytes(tunnel_open));
  complete();
}

/// Tells the client as well: what a person sees of a proxy that refuses.
void Ingress::refuse_request(unsigned status, const Ending& why, const std::string& advice) {
  downstream_.send(as_bytes(refusal(status, advice)));
  finish(why);
}

void Ingress::refuse_request_after(const Ending& why) {
  const auto target = target_.to_string();
  switch (why.reason) {
    case Reason::loop:
      return refuse_request(508, why, target + " is this proxy itself. Name the mail server instead");
    case Reason::connect_timeout:
      return refuse_request(504, why, target + " didn't accept the connection in time. Check that it runs");
    case Reason::resolve_failed:
      return refuse_request(502, why,
                            target + " has no address here. Check the name, and this machine's DNS");
    default:
      return refuse_request(502, why,
                            target + " can't be connected to: " + why.detail + ". Check that it runs");
  }
}

// --- the name that is asked for ---------------------------------------------------------------------------

void Ingress::read_hello() {
  if (!hello_progress_.is_worth_parsing(bytes_)) return;
  auto hello = tls::parse_client_hello(bytes_);
  if (!hello) {
    if (const auto alert = hello.error().alert) downstream_.send(tls::plaintext_alert(*alert, false));
    return finish({Reason::not_tls, Side::downstream, hello.error().message});
  }
  if (*hello) route_by(std::move(**hello));
}

void Ingress::route_by(tls::ClientHello hello) {
  const auto* upstream = route_->names.find(hello.sni);
  if (upstream != nullptr) target_ = *upstream;
  if (!target_.host.empty()) return complete(std::move(hello));
  record_.downstream.name = hello.sni;
  record_.ja4 = tls::ja4(hello);
  downstream_.send(tls::plaintext_alert(tls::alert::unrecognized_name, hello.is_legacy()));
  finish({Reason::unknown_name, Side::mailtap,
          hello.sni.empty() ? "the client names no server (SNI), and the route has no upstream for those"
                            : "sni-route has no such name, and the route has no upstream for others"});
}

// --- arrived ----------------------------------------------------------------------------------------------

void Ingress::complete(std::optional<tls::ClientHello> hello) {
  is_over_ = true;
  timer_.stop();
  downstream_.stop_reading();
  record_.upstream_configured = target_.to_string();
  owner_.on_ingress(*this, route_,
                    {.downstream = downstream_,
                     .upstream = connector_.begun() ? &upstream_ : nullptr,
                     .early_bytes = std::move(bytes_),
                     .hello = std::move(hello),
                     .client = client_,
                     .destination = destination_,
                     .target = std::move(target_),
                     .places = std::move(places_),
                     .record = std::move(record_),
                     .accepted = accepted_,
                     .connect_began = connect_began_});
}

void Ingress::stop(Reason reason, const std::string& detail) {
  if (phase_ == Phase::request || phase_ == Phase::connecting)
    return refuse_request(503, {reason, Side::mailtap, detail}, "it is shutting down. Try again");
  finish({reason, Side::mailtap, detail});
}

void Ingress::finish(const Ending& why) {
  if (is_over_) return;
  is_over_ = true;
  record_.ending = why;
  record_.total = std::chrono::duration_cast<inspect::Microseconds>(Clock::now() - accepted_);
  if (record_.upstream_configured.empty() && !target_.host.empty())
    record_.upstream_configured = target_.to_string();
  downstream_.close();
  upstream_.close();
  timer_.stop();
  route_->log->write(record_);
  if (services_.watcher != nullptr) services_.watcher->ended(std::move(record_));
  owner_.on_finished(*this);
}

std::string_view Ingress::awaited() const {
  switch (phase_) {
    case Phase::proxy_header: return "its PROXY header";
    case Phase::request: return "its CONNECT request";
    case Phase::connecting: return "the answer to CONNECT";
    case Phase::hello: return "its hello";
  }
  return {};
}

void Ingress::deadline_passed() {
  if (phase_ == Phase::connecting) {
    if (connector_.deadline_passed()) return;
    return refuse_request_after({Reason::connect_timeout, Side::upstream, {}});
  }
  const auto why = "the client didn't send " + std::string(awaited());
  if (phase_ == Phase::request)
    return refuse_request(408, {Reason::hello_timeout, Side::downstream, why}, "no request came in time");
  finish({Reason::hello_timeout, Side::downstream, why});
}

// --- events -----------------------------------------------------------------------------------------------

void Ingress::on_data(net::TcpStream& stream, Bytes bytes) {
  if (&stream != &downstream_) return;  // the upstream isn't read yet
  has_spoken_ = true;
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  go_on();
}

void Ingress::on_end(net::TcpStream&) {
  if (!has_spoken_) return finish({Reason::no_data, Side::downstream, {}});
  const auto left = "the client left in the middle of " + std::string(awaited());
  switch (phase_) {
    case Phase::proxy_header: return finish({Reason::proxy_header_bad, Side::downstream, left});
    case Phase::request: return finish({Reason::connect_refused, Side::downstream, left});
    case Phase::connecting:
      return finish({Reason::downstream_handshake_failed, Side::downstream,
                     "the client left before the server had answered"});
    case Phase::hello: return finish({Reason::downstream_handshake_failed, Side::downstream, left});
  }
}

void Ingress::on_broken(net::TcpStream& stream, int status) {
  if (&stream == &upstream_)
    return refuse_request_after({Reason::connect_failed, Side::upstream, uv_strerror(status)});
  finish({has_spoken_ ? Reason::reset : Reason::no_data, Side::downstream, uv_strerror(status)});
}

}  // namespace mailtap::proxy::ingress
