#include "proxy/ingress/connect_request.h"
#include "proxy/ingress/filter.h"
#include "proxy/ingress/proxy_header.h"
#include "tls/alert.h"

namespace mailtap::proxy::ingress {

using config::Transparency;
using inspect::Ending;
using inspect::Reason;
using inspect::Side;

namespace {

Buffer to_buffer(std::string_view text) {
  return {text.begin(), text.end()};
}

Buffer alert_record(int alert, bool is_legacy) {
  const auto record = tls::plaintext_alert(alert, is_legacy);
  return {record.begin(), record.end()};
}

void drop_front(Buffer& bytes, std::size_t size) {
  bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
}

tl::unexpected<Refusal> refuse(Reason reason, Side side, std::string detail, Buffer words = {}) {
  return tl::unexpected(Refusal{{reason, side, std::move(detail)}, std::move(words)});
}

Ending late(std::string_view what) {
  return {Reason::hello_timeout, Side::downstream, "the client didn't send its " + std::string(what)};
}

std::string left_in(std::string_view what) {
  return "the client left in the middle of its " + std::string(what);
}

// --- PROXY header -----------------------------------------------------------------------------------------

class ProxyHeaderFilter final : public Filter {
 public:
  tl::expected<bool, Refusal> read(Buffer& bytes, Incoming& incoming) override {
    const auto header = parse_proxy_header(bytes);
    if (!header) return refuse(Reason::proxy_header_bad, Side::downstream, header.error().message);
    if (!*header) return false;
    const auto& [ends, size] = **header;
    drop_front(bytes, size);
    incoming.told_by_proxy = true;
    if (ends) {
      incoming.client = ends->source;
      incoming.destination = ends->destination;
    }
    return true;
  }
  Refusal client_left() const override {
    return {{Reason::proxy_header_bad, Side::downstream, left_in("PROXY header")}, {}};
  }
  Refusal timed_out() const override { return {late("PROXY header"), {}}; }
};

// --- CONNECT ----------------------------------------------------------------------------------------------

class ConnectFilter final : public Filter {
 public:
  explicit ConnectFilter(const config::Ingress& how) : how_(how) {}

  tl::expected<bool, Refusal> read(Buffer& bytes, Incoming& incoming) override {
    using State = ConnectRequest::State;
    const auto state = request_.feed(Bytes(bytes).subspan(fed_));
    fed_ = bytes.size();
    switch (state) {
      case State::need_more: return false;
      case State::bad: return refused(400, request_.problem(), request_.problem());
      case State::too_large:
        return refused(431, "a request of more than 8 KiB", "the request is longer than 8 KiB");
      case State::wrong_method:
        return refused(405, "another method than CONNECT",
                       "this is a proxy for TLS, which a client asks for by CONNECT. Set it as the proxy for "
                       "https alone");
      case State::complete: break;
    }
    drop_front(bytes, request_.size());
    incoming.target = request_.target();
    incoming.wants_tunnel = true;
    if (config::is_allowed(how_.connect_allow, incoming.target)) return true;
    return refuse(Reason::connect_refused, Side::mailtap, "connect-allow doesn't have this",
                  to_buffer(refusal(403, incoming.target.to_string() +
                                             " is no destination that this proxy allows. Let its "
                                             "administrator add it to connect-allow")));
  }
  Refusal client_left() const override {
    return {{Reason::connect_refused, Side::downstream, left_in("CONNECT request")}, {}};
  }
  Refusal timed_out() const override {
    return {late("CONNECT request"), to_buffer(refusal(408, "no request came in time"))};
  }
  Refusal stopped(const Ending& why) const override { return {why, shutdown_refusal()}; }

 private:
  static tl::unexpected<Refusal> refused(unsigned status, const std::string& detail,
                                         const std::string& advice) {
    return refuse(Reason::connect_refused, Side::downstream, detail, to_buffer(refusal(status, advice)));
  }

  const config::Ingress& how_;
  ConnectRequest request_;
  std::size_t fed_ = 0;  // of the bytes
};

// --- the name that is asked for ---------------------------------------------------------------------------

class SniFilter final : public Filter {
 public:
  explicit SniFilter(const SniTable& names) : names_(names) {}

  tl::expected<bool, Refusal> read(Buffer& bytes, Incoming& incoming) override {
    if (!progress_.is_worth_parsing(bytes)) return false;
    auto hello = tls::parse_client_hello(bytes);
    if (!hello) {
      const auto alert = hello.error().alert;
      return refuse(Reason::not_tls, Side::downstream, hello.error().message,
                    alert ? alert_record(*alert, false) : Buffer{});
    }
    if (!*hello) return false;
    incoming.hello = std::move(**hello);
    const auto& sni = incoming.hello->sni;
    if (const auto* upstream = names_.find(sni)) incoming.target = *upstream;
    if (!incoming.target.host.empty()) return true;
    return refuse(Reason::unknown_name, Side::mailtap,
                  sni.empty() ? "the client names no server (SNI), and the route has no upstream for those"
                              : "sni-route has no such name, and the route has no upstream for others",
                  alert_record(tls::alert::unrecognized_name, incoming.hello->is_legacy()));
  }
  Refusal client_left() const override {
    return {{Reason::downstream_handshake_failed, Side::downstream, left_in("hello")}, {}};
  }
  Refusal timed_out() const override { return {late("hello"), {}}; }

 private:
  const SniTable& names_;
  tls::HelloProgress progress_;
};

}  // namespace

bool is_needed(const config::Route& route, const SniTable& names) {
  return !route.ingress.is_direct() || !names.empty();
}

inspect::Arrival::Way way_of(const config::Ingress& how) {
  using enum inspect::Arrival::Way;
  if (how.connect_proxy) return connect;
  if (how.transparent == Transparency::redirect) return redirect;
  if (how.transparent == Transparency::tproxy) return tproxy;
  return how.sni_routes.empty() ? direct : sni;
}

bool expects_proxy_header(const config::Ingress& how, const net::Address& peer) {
  if (!how.proxy_protocol) return false;
  return how.proxy_protocol_from.empty() || config::contains(how.proxy_protocol_from, peer.host_key());
}

std::unique_ptr<Filter> make_proxy_header_filter() {
  return std::make_unique<ProxyHeaderFilter>();
}

std::vector<std::unique_ptr<Filter>> make_filters(const config::Route& route, const SniTable& names) {
  std::vector<std::unique_ptr<Filter>> filters;
  if (route.ingress.connect_proxy)
    filters.push_back(std::make_unique<ConnectFilter>(route.ingress));
  else if (!names.empty())
    filters.push_back(std::make_unique<SniFilter>(names));
  return filters;
}

Buffer tunnel_refusal(const net::DialFailure& why, const config::Endpoint& target) {
  using Kind = net::DialFailure::Kind;
  const auto name = target.to_string();
  switch (why.kind) {
    case Kind::loops:
      return to_buffer(refusal(508, name + " is this proxy itself. Name the mail server instead"));
    case Kind::timed_out:
      return to_buffer(refusal(504, name + " didn't accept the connection in time. Check that it runs"));
    case Kind::not_resolved:
      return to_buffer(refusal(502, name + " has no address here. Check the name, and this machine's DNS"));
    case Kind::not_connected:
    case Kind::out_of_descriptors: break;
  }
  return to_buffer(refusal(502, name + " can't be connected to: " + why.detail + ". Check that it runs"));
}

Buffer shutdown_refusal() {
  return to_buffer(refusal(503, "it is shutting down. Try again"));
}

}  // namespace mailtap::proxy::ingress
