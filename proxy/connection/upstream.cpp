#include "proxy/connection/upstream.h"

#include <algorithm>

#include "certs/model/identity.h"
#include "proxy/connection/alpn.h"
#include "proxy/connection/verification.h"
#include "tls/alert.h"

namespace mailtap::proxy::interception {

using inspect::Reason;
using inspect::Side;

Upstream::Upstream(const Shared& shared, Delegate& delegate)
    : services_(shared.services),
      route_(shared.route),
      record_(shared.record),
      recording_(shared.recording),
      deadline_(shared.deadline),
      delegate_(delegate),
      target_(route_->settings.upstream),
      stream_(services_.loop, shared.events, services_.read_buffer),
      leg_(Side::upstream, Leg::Phase::waiting, stream_),
      connector_(services_, stream_, *this),
      versions_(route_->settings.legacy_tls, services_.old_servers) {}

// --- connect ----------------------------------------------------------------------------------------------

void Upstream::announce(const net::Address& client, const net::Address& destination) {
  connector_.announce(route_->settings.insertion.send_proxy_protocol, client, destination);
}

void Upstream::connect() {
  connect_began_ = Clock::now();
  connector_.begin(target_, route_->settings.deadlines.connect);
}

void Upstream::resolving(std::chrono::milliseconds within) {
  deadline_.set(within, Reason::connect_timeout, Side::upstream);
}

void Upstream::connecting(const net::Address& address, std::chrono::milliseconds within) {
  record_.upstream.address = address.to_string();
  deadline_.set(within, Reason::connect_timeout, Side::upstream);
}

void Upstream::not_connected(const inspect::Ending& why) {
  delegate_.upstream_failed(tls::alert::internal_error, why);
}

void Upstream::take(net::TcpStream& its_stream, Clock::time_point connect_began) {
  stream_.take(its_stream);
  connector_.skip();
  connect_began_ = connect_began;
  connected();
}

void Upstream::connect_ended(int status) {
  status == 0 ? connected() : connector_.address_failed(status);
}

void Upstream::connected() {
  record_.connect = inspect::since(connect_began_);
  handshake_began_ = Clock::now();
  delegate_.upstream_connected();
}

void Upstream::forget() {
  stream_.close();
  leg_.phase = Leg::Phase::waiting;
  connector_.forget();
}

// --- handshake --------------------------------------------------------------------------------------------

void Upstream::choose_name(const tls::ClientHello& hello, Clock::time_point accepted) {
  name_ = configured_name(route_->settings, target_, hello.sni);
  versions_.choose(record_.upstream_configured, accepted);
}

void Upstream::begin_handshake(const tls::ClientHello& hello) {
  handshake_began_ = Clock::now();
  deadline_.set(route_->settings.deadlines.handshake, Reason::upstream_handshake_timeout, Side::upstream);
  if (recording_) recording_.opened(Side::upstream, stream_.local(), stream_.peer());

  tls::ClientParameters parameters;
  // Whether a name is sent is the client's choice, which name the route's: a router without SNI gets to see
  // the certificate that it would see without mailtap.
  if (!hello.sni.empty()) parameters.sni = name_;
  parameters.alpn = relayable_alpn(hello.alpn);
  parameters.client_certificate = route_->client_identity;
  parameters.keylog = recording_.keylog_of(Side::upstream);
  if (services_.batcher)
    parameters.gathering = {&*services_.batcher, [this] { step_handshake(); }};  // as if bytes had come
  versions_.put_into(parameters);
  // In a resumed session nobody is asked for a certificate.
  if (!route_->settings.ask_client_cert)
    parameters.resume =
        services_.sessions.take(route_->settings.id, session_key(), std::chrono::system_clock::now());
  record_.upstream.name = parameters.sni;
  leg_.session = tls::make_client_session(std::move(parameters));
  leg_.phase = Leg::Phase::handshaking;
  stream_.start_reading();
  step_handshake();
}

void Upstream::step_handshake() {
  if (is_stopped_ || leg_.phase != Leg::Phase::handshaking) return;
  switch (leg_.step_handshake()) {
    case Leg::Handshake::under_way: return;
    case Leg::Handshake::done: return handshake_done();
    case Leg::Handshake::failed: return handshake_failed();
  }
}

void Upstream::handshake_failed() {
  leg_.write_down(record_.upstream);
  const auto& failure = leg_.session->failure();
  if (ask_once_more(failure)) return;
  // A certificate that came before the failure still gets its verdict.
  if (!leg_.session->peer_chain().empty()) {
    look_up(leg_.session->peer_chain());
    verify(leg_.session->peer_chain(), inspect::VerdictSource::handshake);
  }
  // A server that has changed its versions may refuse what an old session offers.
  services_.sessions.forget(route_->settings.id, session_key());
  delegate_.upstream_failed(
      failure.alert_from_peer && failure.alert ? *failure.alert : tls::alert::handshake_failure,
      {Reason::upstream_handshake_failed, Side::upstream, versions_.detail(leg_.session->agreed(), failure)});
}

void Upstream::broke(int status) {
  auto failure = leg_.session->failure();
  failure.detail = uv_strerror(status);
  if (ask_once_more(failure)) return;
  delegate_.upstream_failed(tls::alert::internal_error, {Reason::reset, Side::upstream,
                                                         versions_.detail(leg_.session->agreed(), failure)});
}

/// On a new connection, where other versions may help.
bool Upstream::ask_once_more(const tls::Failure& failure) {
  const bool repeatable = !record_.starttls;
  if (!versions_.ask_once_more(leg_.session->agreed(), failure, repeatable, Clock::now())) return false;
  stream_.close();
  leg_.session.reset();
  leg_.phase = Leg::Phase::waiting;
  connect();
  return true;
}

void Upstream::handshake_done() {
  leg_.phase = Leg::Phase::open;
  record_.upstream_handshake = inspect::since(handshake_began_);
  leg_.write_down(record_.upstream);
  chain_ = leg_.session->original_chain();
  look_up(chain_);
  const auto source =
      record_.upstream.resumed ? inspect::VerdictSource::cache : inspect::VerdictSource::handshake;
  if (services_.batcher) {
    verifying_.emplace(*services_.batcher, services_.judging_stacks, [this] { verified(); });
    verifying_->start([this, source] { verify(chain_, source); });
    if (verifying_->waiting()) return;  // for the signatures of a chain that is new here
  } else {
    verify(chain_, source);
  }
  verified();
}

// --- verdict ----------------------------------------------------------------------------------------------

void Upstream::look_up(const std::vector<Buffer>& chain) {
  trust_ = proxy::look_up(services_, *route_, name_, chain, record_);
}

void Upstream::verify(const std::vector<Buffer>& chain, inspect::VerdictSource source) {
  proxy::verify(services_, *route_, name_, chain, *trust_, source, record_);
}

void Upstream::verified() {
  verifying_.reset();
  if (!is_stopped_) delegate_.upstream_verified();
}

void Upstream::accepted() {
  save_session();
  versions_.has_worked(Clock::now());
}

std::string Upstream::session_key() const {
  const auto& own = route_->client_identity;
  return route_->settings.id + '\n' + record_.upstream_configured + '\n' + record_.downstream.name + '\n' +
         name_ + '\n' + (own ? own->sha256() : "");
}

void Upstream::forget_chain_but(std::size_t certificates) {
  chain_.resize(std::min(chain_.size(), certificates));
  chain_.shrink_to_fit();
}

// --- the end ----------------------------------------------------------------------------------------------

void Upstream::stop_working() {
  is_stopped_ = true;
  if (verifying_) verifying_->finish_now();
}

void Upstream::save_session() {
  if (!leg_.session || leg_.phase < Leg::Phase::open) return;
  auto saved = leg_.session->take_saved_session();
  if (saved) services_.sessions.put(route_->settings.id, session_key(), std::move(*saved));
}

}  // namespace mailtap::proxy::interception
