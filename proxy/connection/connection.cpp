#include "proxy/connection/connection.h"

#include "certs/model/identity.h"
#include "proxy/connection/verification.h"
#include "proxy/ingress/ingress_result.h"
#include "proxy/route/admission.h"
#include "tls/alert.h"

namespace mailtap::proxy {

using inspect::Reason;
using inspect::Side;
using interception::Preamble;

namespace {

/// What a side may send before the other can take it; more waits in the kernel.
constexpr std::size_t most_waiting = std::size_t{64} * 1024;

}  // namespace

Connection::Connection(WorkerServices& services, RunningRoutePtr route, std::uint64_t id, Owner& owner)
    : services_(services),
      route_(std::move(route)),
      owner_(owner),
      accepted_(Clock::now()),
      recording_(route_),
      deadline_(services.loop, [this] { deadline_passed(); }),
      upstream_({services, route_, record_, recording_, deadline_, *this}, *this),
      downstream_({services, route_, record_, recording_, deadline_, *this}, upstream_, *this),
      preamble_(route_->settings, downstream_.leg(), upstream_.leg(), record_, deadline_) {
  record_.id = id;
  record_.route = route_->settings.id;
  record_.upstream_configured = upstream_.target().to_string();
  record_.time = std::chrono::system_clock::now();
}

int Connection::accept(uv_stream_t* listener) {
  return downstream_.accept(listener);
}

void Connection::start() {
  client_ = downstream_.peer();
  record_.downstream.address = client_.to_string();
  auto refusal = admit_connection(*route_, places_);
  if (!refusal) refusal = admit_client(*route_, client_, places_);
  if (refusal) return finish(*refusal);
  const bool tells_destination = route_->settings.insertion.send_proxy_protocol != config::ProxyVersion::none;
  if (tells_destination || route_->traces) destination_ = downstream_.local();
  begin();
  if (!preamble_.waits_for_client()) upstream_.connect();
}

/// With the streams and all that is known already: the hello, a connected upstream.
void Connection::take_over(IngressResult ingress) {
  downstream_.take(ingress.downstream);
  client_ = ingress.client;
  destination_ = ingress.destination;
  upstream_.set_target(std::move(ingress.target));
  places_ = std::move(ingress.places);
  record_ = std::move(ingress.record);
  accepted_ = ingress.accepted;
  begin();
  if (ingress.upstream != nullptr)
    upstream_.take(*ingress.upstream, ingress.connect_began);
  else if (!ingress.hello && !preamble_.waits_for_client())
    upstream_.connect();
  if (finished_ || ingress.early_bytes.empty()) return;
  if (!ingress.hello) return on_data(downstream_.stream(), ingress.early_bytes);
  downstream_.take_hello(std::move(*ingress.hello), std::move(ingress.early_bytes));
  hello_complete();
}

void Connection::begin() {
  upstream_.announce(client_, destination_);
  recording_.begin();
  recording_.opened(Side::downstream, client_, destination_);
  downstream_.leg().capture = upstream_.leg().capture = recording_.capture();
  preamble_.begin(upstream_.target().port);
  downstream_.leg().stream.start_reading();
}

// --- before the hello -------------------------------------------------------------------------------------

/// It may be waiting for the server's greeting.
void Connection::client_is_silent() {
  if (!preamble_.client_is_silent(downstream_.has_begun())) upstream_.connect();
}

void Connection::upstream_connected() {
  if (downstream_.hello()) return upstream_.begin_handshake(*downstream_.hello());
  preamble_.server_connected();
}

void Connection::in_plaintext(Preamble::Next next) {
  switch (next) {
    case Preamble::Next::wait: return;
    case Preamble::Next::relay: return relay_in_plaintext();
    case Preamble::Next::forget: return upstream_.forget();
    case Preamble::Next::end: return finish(preamble_.ending());
  }
}

void Connection::relay_in_plaintext() {
  const bool client_has_ended = preamble_.go_on_without_tls();
  recording_.drop();
  begin_relay();
  if (client_has_ended && !finished_) relayed(relay_->on_end(downstream_.leg()));
}

// --- peek client hello ------------------------------------------------------------------------------------

void Connection::peek_hello(Bytes bytes) {
  const auto is_whole = downstream_.peek(bytes);
  if (!is_whole) {
    const auto& error = is_whole.error();
    if (error.alert) downstream_.refuse_beginnings(*error.alert);
    return finish(
        {record_.starttls ? Reason::plaintext_injected : Reason::not_tls, Side::downstream, error.message});
  }
  *is_whole ? hello_complete() : preamble_.hello_has_begun();
}

void Connection::hello_complete() {
  preamble_.stop_listening();
  upstream_.choose_name(*downstream_.hello(), accepted_);
  if (upstream_.leg().phase == Leg::Phase::plaintext)
    upstream_.begin_handshake(*downstream_.hello());
  else if (!upstream_.has_begun())
    upstream_.connect();
  if (finished_) return;
  if (const auto problem = downstream_.version_problem()) {
    refuse_downstream(downstream_.hello()->is_fallback() ? tls::alert::inappropriate_fallback
                                                         : tls::alert::protocol_version);
    return downstream_left(Reason::downstream_handshake_failed, *problem);
  }
  downstream_.present_early();
}

// --- connect upstream, upstream handshake, verdict --------------------------------------------------------

void Connection::upstream_failed(int alert, const inspect::Ending& why) {
  refuse_downstream(alert);
  finish(why);
}

void Connection::upstream_verified() {
  if (parting_) return finish(*parting_);
  const auto decision = decide_on(*route_, upstream_.name(), record_);
  if (!decision.proceed) {
    refuse_downstream(tls::alert::access_denied);
    return finish({Reason::refused_untrusted, Side::mailtap, decision.reason});
  }
  upstream_.accepted();
  const auto phase = downstream_.leg().phase;
  if (phase == Leg::Phase::waiting) return downstream_.present();
  if (phase == Leg::Phase::handshaking) downstream_.expect_handshake();
  relay_if_both_open();
}

// --- present, downstream handshake ------------------------------------------------------------------------

void Connection::nothing_to_present(const std::string& why) {
  refuse_downstream(tls::alert::internal_error);
  finish({Reason::presentation_failed, Side::mailtap, why});
}

/// A client that refuses what it was shown is of most interest together with what the server shows: the
/// connection ends when the upstream handshake, which began at the same time, has brought the verdict.
void Connection::downstream_left(Reason reason, const std::string& detail) {
  if (record_.verdict) return finish({reason, Side::downstream, detail});
  parting_ = {reason, Side::downstream, detail};
  downstream_.leg().phase = Leg::Phase::waiting;
  downstream_.leg().stream.close();
}

void Connection::downstream_open() {
  relay_if_both_open();
}

// --- relay ------------------------------------------------------------------------------------------------

void Connection::relay_if_both_open() {
  if (downstream_.leg().phase != Leg::Phase::open || upstream_.leg().phase != Leg::Phase::open) return;
  if (record_.verdict) begin_relay();
}

void Connection::begin_relay() {
  last_activity_ = uv_now(services_.loop);
  deadline_.set(route_->settings.deadlines.idle, Reason::idle_timeout, Side::mailtap);
  observe();
  forget_handshakes();
  relay_.emplace(downstream_.leg(), upstream_.leg(), services_.scratch, record_, observer_.get());
  if (services_.watcher != nullptr) {
    note_beginnings();
    services_.watcher->opened(record_);
  }
  relayed(relay_->start());
}

/// What is relayed will be read as the route's protocol, or as what was spoken before STARTTLS.
void Connection::observe() {
  if (route_->settings.protocol == config::Protocol::raw) return;
  inspect::LegCertificates certificates;
  if (const auto& shown = downstream_.presented())
    certificates.presented = {shown->chain()->raw.p, shown->chain()->raw.len};
  if (!upstream_.chain().empty()) certificates.server = upstream_.chain().front();
  observer_ = std::make_unique<inspect::Observer>(
      inspect::Observed{route_->settings, *route_->pseudonyms, *route_->memory, *route_->log, record_,
                        accepted_, certificates, preamble_.spoken()});
}

/// An idle connection keeps of its beginnings only what is asked for again.
void Connection::forget_handshakes() {
  downstream_.forget_hello();
  if (!recording_) upstream_.forget_chain_but(observer_ ? 1 : 0);  // a trace has the whole chain
}

void Connection::relayed(const Relay::MaybeEnding& ending) {
  if (ending) return finish(*ending);
  downstream_.ask_for_certificate();
  // Once the server is through, only a client that forgets to close keeps the connection.
  if (relay_->awaits_only_goodbye() && deadline_.reason != Reason::closed)
    deadline_.set(goodbye, Reason::closed, Side::upstream);
}

// --- ending -----------------------------------------------------------------------------------------------

void Connection::stop(Reason reason, const std::string& detail) {
  preamble_.say_farewell("shutting down");
  finish({reason, Side::mailtap, detail});
}

/// What a server asked for in vain may be why it ended the connection, though it doesn't say so.
inspect::Ending Connection::with_server_questions(inspect::Ending ending) const {
  const auto& session = upstream_.leg().session;
  const bool is_goodbye = ending.reason == Reason::closed;
  const bool is_left =
      is_goodbye
          ? relay_ && relay_->first_to_leave() == Side::upstream
          : ending.side == Side::upstream &&
                (ending.reason == Reason::reset || ending.reason == Reason::truncated ||
                 ending.reason == Reason::tls_error || ending.reason == Reason::upstream_handshake_failed);
  if (!session || !is_left) return ending;
  const auto add = [&](const std::string& note) {
    ending.detail += (ending.detail.empty() ? "" : "; ") + note;
  };
  const auto& agreed = session->agreed();
  const auto says = [&](std::string_view word) { return ending.detail.find(word) != std::string::npos; };
  if (agreed.certificate_in_question && !says("client certificate"))
    add("the server had left after " + tls::client_certificate_note(agreed.certificate_shown));
  if (agreed.renegotiation_refused && !says(tls::alert_name(tls::alert::no_renegotiation)))
    add(tls::refused_renegotiation_note(/*is_server=*/true));
  return ending;
}

void Connection::finish(const inspect::Ending& ending) {
  if (finished_) return;
  finished_ = true;
  upstream_.stop_working();
  downstream_.stop_working();
  record_.ending = parting_ ? *parting_ : with_server_questions(ending);
  record_.total = inspect::since(accepted_);
  downstream_.note_reaction(relay_ ? &*relay_ : nullptr);
  downstream_.note_client_certificates();
  if (observer_) observer_->on_closed(Clock::now());
  if (record_.starttls) inspect::add(*record_.starttls, record_.traffic);
  upstream_.save_session();
  // A broken side is broken for the other too: an orderly FIN would be a lie.
  const bool is_reset = ending.reason == Reason::reset;
  if (is_reset && relay_)
    (ending.side == Side::downstream ? upstream_.leg() : downstream_.leg()).stream.reset();
  for (auto* leg : {&downstream_.leg(), &upstream_.leg()}) {
    leg->stream.close();
    leg->record_own_end(is_reset && ending.side != leg->side);
  }
  deadline_.stop();
  recording_.write(record_, upstream_.chain());
  route_->log->write(record_);
  services_.alerts.ended(record_);
  if (services_.watcher != nullptr) {
    note_beginnings();
    services_.watcher->ended(std::move(record_));
  }
  owner_.on_finished(*this);
}

/// When each step began, for whoever watches.
void Connection::note_beginnings() {
  const auto after_accept = [&](Clock::time_point began) {
    return began == Clock::time_point{}
               ? inspect::Microseconds{-1}
               : std::chrono::duration_cast<inspect::Microseconds>(began - accepted_);
  };
  record_.began = {after_accept(upstream_.connect_began()), after_accept(upstream_.handshake_began()),
                   after_accept(downstream_.handshake_began())};
}

/// Tells a client that waits for our hello, or for an answer in plaintext, why there won't be one.
void Connection::refuse_downstream(int alert) {
  preamble_.say_farewell("no connection to the mail server");
  if (!parting_) downstream_.refuse(alert);
}

// --- deadlines --------------------------------------------------------------------------------------------

void Connection::deadline_passed() {
  if (deadline_.reason == Reason::idle_timeout)
    deadline_.move_to(last_activity_, route_->settings.deadlines.idle);
  if (deadline_.is_ahead()) return;
  if (deadline_.reason == Reason::hello_timeout && preamble_.listens()) return client_is_silent();
  if (deadline_.reason == Reason::connect_timeout && upstream_.try_next_address()) return;
  if (deadline_.reason == Reason::starttls_timeout && preamble_.is_under_way())
    preamble_.timed_out();
  else if (!relay_ && deadline_.side != Side::downstream)
    refuse_downstream(tls::alert::internal_error);
  finish({deadline_.reason, deadline_.side,
          deadline_.reason == Reason::closed ? "the client did not close" : ""});
}

// --- events -----------------------------------------------------------------------------------------------

void Connection::on_data(net::TcpStream& stream, Bytes bytes) {
  auto& leg = leg_of(stream);
  last_activity_ = uv_now(services_.loop);
  leg.record(bytes);
  switch (leg.phase) {
    case Leg::Phase::plaintext: return in_plaintext(preamble_.on_data(leg, bytes, downstream_.has_begun()));
    case Leg::Phase::hello: return peek_hello(bytes);
    case Leg::Phase::waiting:
      // The client has sent its hello and can't go on without ours; read on only to notice that it leaves.
      if (!downstream_.keep(bytes)) stream.stop_reading();
      return;
    case Leg::Phase::handshaking: leg.session->feed(bytes); return step_handshake(leg);
    case Leg::Phase::open:
      // There is nobody yet to relay to.
      leg.session->feed(bytes);
      if (leg.session->backlog() > most_waiting) stream.stop_reading();
      return;
    case Leg::Phase::relaying: return relayed(relay_->on_data(leg, bytes));
  }
}

void Connection::step_handshake(const Leg& leg) {
  leg.side == Side::upstream ? upstream_.step_handshake() : downstream_.step_handshake();
}

void Connection::on_end(net::TcpStream& stream) {
  auto& leg = leg_of(stream);
  leg.record_end();
  switch (leg.phase) {
    case Leg::Phase::plaintext: return in_plaintext(preamble_.on_end(leg));
    case Leg::Phase::hello:
      if (says_nothing(leg)) return finish({Reason::no_data, Side::downstream, {}});
      return finish({Reason::downstream_handshake_failed, Side::downstream,
                     downstream_.has_begun() ? "closed in the middle of its hello"
                                             : "the client left without a hello after STARTTLS"});
    case Leg::Phase::waiting:
      return finish({Reason::downstream_handshake_failed, Side::downstream,
                     "the client left before the server had answered"});
    case Leg::Phase::handshaking: leg.session->feed_end(); return step_handshake(leg);
    case Leg::Phase::open: return leg.session->feed_end();
    case Leg::Phase::relaying: return relayed(relay_->on_end(leg));
  }
}

void Connection::on_broken(net::TcpStream& stream, int status) {
  auto& leg = leg_of(stream);
  leg.record_reset();
  if (relay_) return finish(relay_->on_broken(leg, status));
  if (leg.side == Side::upstream) {
    if (preamble_.may_lose_server()) return upstream_.forget();
    if (leg.phase == Leg::Phase::handshaking) return upstream_.broke(status);
    return upstream_failed(tls::alert::internal_error, {Reason::reset, Side::upstream, uv_strerror(status)});
  }
  if (leg.phase == Leg::Phase::handshaking || leg.phase == Leg::Phase::open)
    return downstream_left(Reason::reset, uv_strerror(status));
  finish({says_nothing(leg) ? Reason::no_data : Reason::reset, Side::downstream, uv_strerror(status)});
}

/// A client that leaves, or resets, without having said anything is a health check or a port scan.
bool Connection::says_nothing(const Leg& leg) const {
  if (leg.phase == Leg::Phase::plaintext) return !preamble_.client_spoke();
  return leg.phase == Leg::Phase::hello && !downstream_.has_begun() && !record_.starttls;
}

void Connection::on_flushed(net::TcpStream& stream) {
  last_activity_ = uv_now(services_.loop);
  if (relay_) relayed(relay_->on_flushed(leg_of(stream)));
}

void Connection::on_connected(net::TcpStream&, int status) {
  upstream_.connect_ended(status);
}

}  // namespace mailtap::proxy
