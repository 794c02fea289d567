#include "proxy/connection/intercept.h"

#include <algorithm>
#include <utility>

#include "certs/model/identity.h"
#include "certs/verify/verdict.h"
#include "inspect/record.h"
#include "proxy/connection/client_terms.h"
#include "proxy/connection/verification.h"
#include "tls/alert.h"

namespace mailtap::proxy {

using inspect::Reason;
using inspect::Side;
using Awaited = Deadline::Awaited;

namespace {

/// What a side may send before the other can take it; more waits in the kernel.
constexpr std::size_t max_waiting = std::size_t{64} * 1024;

}  // namespace

Intercept::Intercept(Context& context, Host& host)
    : context_(context),
      host_(host),
      services_(context.services),
      route_(context.route),
      record_(context.record),
      recording_(context.recording),
      deadline_(services_.timers, [this] { deadline_passed(); }),
      upstream_(context, deadline_, *this, *this),
      downstream_(context, deadline_, upstream_, *this),
      trial_(context, upstream_.hello(), [this] { trial_over(); }),
      preamble_(route_->settings, downstream_.leg(), upstream_.leg(), record_, deadline_) {}

/// With the streams and all that is known already: the hello, a connected upstream.
void Intercept::start(Beginning beginning) {
  downstream_.take(std::move(beginning.downstream), *this);
  recording_.begin(services_.watcher);
  recording_.opened(Side::downstream, context_.client, context_.destination);
  downstream_.leg().capture = upstream_.leg().capture = recording_.capture();
  preamble_.begin(context_.target.port);
  downstream_.leg().stream->start_reading();
  if (beginning.upstream)
    upstream_.take(std::move(beginning.upstream), beginning.connect_began);
  else if (!beginning.hello && !preamble_.waits_for_client())
    upstream_.connect();
  if (finished_ || beginning.early_bytes.empty()) return;
  if (!beginning.hello) return on_data(*downstream_.leg().stream, beginning.early_bytes);
  downstream_.take_hello(std::move(*beginning.hello), std::move(beginning.early_bytes));
  hello_complete();
}

// --- before the hello -------------------------------------------------------------------------------------

/// It may be waiting for the server's greeting.
void Intercept::client_is_silent() {
  if (!preamble_.client_is_silent(downstream_.has_begun())) upstream_.connect();
}

void Intercept::upstream_connected() {
  if (downstream_.hello()) return upstream_.begin_handshake(*downstream_.hello());
  preamble_.server_connected();
}

void Intercept::in_plaintext(Preamble::Next next) {
  switch (next) {
    case Preamble::Next::wait: return;
    case Preamble::Next::relay: return relay_in_plaintext();
    case Preamble::Next::forget: return upstream_.forget();
    case Preamble::Next::end: return finish(preamble_.ending());
  }
}

void Intercept::relay_in_plaintext() {
  const bool client_has_ended = preamble_.go_on_without_tls();
  recording_.drop();
  begin_relay();
  if (client_has_ended && !finished_) relayed(relay_->on_end(downstream_.leg()));
}

// --- peek client hello ------------------------------------------------------------------------------------

void Intercept::peek_hello(Bytes bytes) {
  const auto is_whole = downstream_.peek(bytes);
  if (!is_whole) {
    const auto& error = is_whole.error();
    if (error.alert) downstream_.refuse_beginnings(*error.alert);
    return finish(
        {record_.starttls ? Reason::plaintext_injected : Reason::not_tls, Side::downstream, error.message});
  }
  *is_whole ? hello_complete() : preamble_.hello_has_begun();
}

void Intercept::hello_complete() {
  preamble_.stop_listening();
  const auto& hello = *downstream_.hello();
  trial_.keep(hello, downstream_.early_bytes());
  offers_early_data_ = std::find(hello.extensions.begin(), hello.extensions.end(),
                                 tls::extension::early_data) != hello.extensions.end();
  upstream_.choose_name(*downstream_.hello(), context_.accepted);
  const bool is_in_plaintext = upstream_.leg().is<Leg::Plaintext>();
  if (is_in_plaintext) upstream_.begin_handshake(*downstream_.hello());
  if (!finished_) answer_hello();
  if (!finished_ && !is_in_plaintext && !upstream_.has_begun()) upstream_.connect();
}

/// Before the server is connected to: where nothing else waits the client has its answer while the kernel
/// does that.
void Intercept::answer_hello() {
  const auto problem = downstream_.version_problem();
  if (!problem) return downstream_.present_early();
  // RFC 7507 section 3: mailtap has something newer, and nothing that old.
  refuse_downstream(downstream_.hello()->is_fallback() ? tls::alert::inappropriate_fallback
                                                       : tls::alert::protocol_version);
  downstream_left({Reason::downstream_handshake_failed, Side::downstream, *problem}, Departure::left);
}

// --- connect upstream, upstream handshake, verdict --------------------------------------------------------

/// The server's answer to mailtap is known, and doesn't wait for this any more.
void Intercept::play_hello() {
  if (upstream_.leg().stream) trial_.play();
}

void Intercept::upstream_failed(int alert, const inspect::Ending& why, Departure departure) {
  play_hello();
  refuse_downstream(alert);
  finish(why, departure);
}

void Intercept::upstream_verified() {
  play_hello();
  if (parting_) return finish(*parting_, parting_departure_);
  const auto decision = decide_on(*route_, upstream_.name(), record_);
  if (!decision.proceed) {
    refuse_downstream(tls::alert::access_denied);
    return finish({Reason::refused_untrusted, Side::mailtap, decision.reason});
  }
  upstream_.accepted();
  if (const auto problem = fallback_problem(*downstream_.hello(), record_.upstream)) {
    refuse_downstream(tls::alert::inappropriate_fallback);
    return finish({Reason::downstream_handshake_failed, Side::downstream, *problem}, Departure::left);
  }
  if (downstream_.leg().is<Leg::Waiting>()) return downstream_.present();
  if (downstream_.leg().is<Leg::Handshaking>()) downstream_.expect_handshake();
  relay_if_both_open();
}

// --- present, downstream handshake ------------------------------------------------------------------------

void Intercept::nothing_to_present(const std::string& why) {
  refuse_downstream(tls::alert::internal_error);
  finish({Reason::presentation_failed, Side::mailtap, why});
}

/// A client that refuses what it was shown is of most interest together with what the server shows: the
/// connection ends when the upstream handshake, which began at the same time, has brought the verdict.
void Intercept::downstream_left(const inspect::Ending& why, Departure departure) {
  if (record_.verdict) return finish(why, departure);
  parting_ = why;
  parting_departure_ = departure;
  downstream_.leg().leave();
  downstream_.leg().close();
}

void Intercept::downstream_open() {
  relay_if_both_open();
}

// --- relay ------------------------------------------------------------------------------------------------

void Intercept::relay_if_both_open() {
  if (!downstream_.leg().is<Leg::Open>() || !upstream_.leg().is<Leg::Open>()) return;
  if (record_.verdict) begin_relay();
}

void Intercept::begin_relay() {
  last_activity_ = services_.timers.now();
  deadline_.set(route_->settings.deadlines.idle, Awaited::traffic);
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
void Intercept::observe() {
  if (route_->settings.protocol == config::Protocol::raw) return;
  inspect::LegCertificates certificates;
  if (const auto& shown = downstream_.presented())
    certificates.presented = {shown->chain()->raw.p, shown->chain()->raw.len};
  if (!upstream_.chain().empty()) certificates.server = upstream_.chain().front();
  observer_ = std::make_unique<inspect::Observer>(
      inspect::Observed{route_->settings, *route_->pseudonyms, *route_->memory, *route_->log, record_,
                        context_.accepted, certificates, preamble_.spoken()});
}

/// An idle connection keeps of its beginnings only what is asked for again.
void Intercept::forget_handshakes() {
  downstream_.forget_hello();
  if (!trial_.is_under_way()) upstream_.hello().forget_offer();
  if (recording_.is_for_trace()) return;  // which has the whole chain, and more than handshakes
  if (auto messages = recording_.messages()) record_.messages = std::move(messages);
  recording_.drop();
  downstream_.leg().capture = upstream_.leg().capture = nullptr;
  upstream_.forget_chain_but(observer_ ? 1 : 0);
}

void Intercept::relayed(const Relay::MaybeEnd& end) {
  if (end) return relay_ended(*end);
  downstream_.ask_for_certificate();
  // Once the server is through, only a client that forgets to close keeps the connection.
  if (relay_->awaits_only_goodbye() && deadline_.awaited() != Awaited::goodbye)
    deadline_.set(goodbye, Awaited::goodbye);
}

void Intercept::relay_ended(const Relay::End& end) {
  using How = Relay::End::How;
  const auto departure = end.how == How::in_order ? Departure::goodbye
                         : end.how == How::reset  ? Departure::reset
                                                  : Departure::left;
  finish(ending_of(end), departure);
}

// --- ending -----------------------------------------------------------------------------------------------

void Intercept::stop(Reason reason, const std::string& detail) {
  if (finished_) return conclude();
  preamble_.say_farewell("shutting down");
  finish({reason, Side::mailtap, detail});
}

/// What a server asked for in vain may be why it ended the connection, though it doesn't say so.
inspect::Ending Intercept::with_server_questions(inspect::Ending ending, Departure departure) const {
  const auto* session = upstream_.leg().session();
  const bool is_left = departure == Departure::goodbye
                           ? relay_ && relay_->first_to_leave() == Side::upstream
                           : departure != Departure::none && ending.side == Side::upstream;
  if (session == nullptr || !is_left) return ending;
  const auto add = [&](const std::string& note) {
    ending.detail += (ending.detail.empty() ? "" : "; ") + note;
  };
  const auto& agreed = session->agreed();
  const auto says = [&](std::string_view word) { return ending.detail.find(word) != std::string::npos; };
  if (agreed.certificate_in_question && !says("client certificate"))
    add("the server had left after " +
        tls::client_certificate_note(agreed.certificate_shown, agreed.wanted_keys));
  if (agreed.renegotiation_refused && !says(tls::alert_name(tls::alert::no_renegotiation)))
    add(tls::refused_renegotiation_note(/*is_server=*/true));
  return ending;
}

void Intercept::finish(const inspect::Ending& ending, Departure departure) {
  if (finished_) return;
  finished_ = true;
  upstream_.stop_working();
  downstream_.stop_working();
  record_.ending = parting_ ? *parting_ : with_server_questions(ending, departure);
  record_.total = inspect::since(context_.accepted);
  if (parting_) departure = parting_departure_;
  const bool client_broke_off = record_.ending.side == Side::downstream &&
                                (departure == Departure::reset || (departure == Departure::left && !relay_));
  const bool client_left =
      relay_ && relay_->first_to_leave() ? relay_->first_to_leave() == Side::downstream : client_broke_off;
  downstream_.note_reaction(relay_.has_value(), client_left);
  downstream_.note_client_certificates();
  if (observer_) observer_->on_closed(Clock::now());
  note_differences();
  if (record_.starttls) inspect::add(*record_.starttls, record_.traffic);
  upstream_.save_session();
  // A broken side is broken for the other too: an orderly FIN would be a lie.
  const bool is_reset = departure == Departure::reset;
  if (is_reset && relay_) (ending.side == Side::downstream ? upstream_.leg() : downstream_.leg()).reset();
  for (auto* leg : {&downstream_.leg(), &upstream_.leg()}) {
    leg->close();
    leg->record_own_end(is_reset && ending.side != leg->side);
  }
  if (!trial_.is_under_way()) return conclude();
  context_.places.clear();
  deadline_.set(HelloTrial::patience, Awaited::trial);
}

void Intercept::note_differences() {
  const auto* verdict = record_.verdict.get();
  record_.differences = inspect::differences_of(
      record_, verdict == nullptr || verdict->chain.empty() ? "" : verdict->chain.front().sha256,
      offers_early_data_);
}

/// Only a connection that is over waits for it.
void Intercept::trial_over() {
  if (finished_) conclude();
}

void Intercept::conclude() {
  if (std::exchange(concluded_, true)) return;
  trial_.forget();
  deadline_.stop();
  host_.on_over(upstream_.chain());
}

void Intercept::note_beginnings() {
  record_.began = {context_.after_accept(upstream_.connect_began()),
                   context_.after_accept(upstream_.handshake_began()),
                   context_.after_accept(downstream_.handshake_began())};
}

/// Tells a client that waits for our hello, or for an answer in plaintext, why there won't be one.
void Intercept::refuse_downstream(int alert) {
  preamble_.say_farewell("no connection to the mail server");
  if (!parting_) downstream_.refuse(alert);
}

// --- deadlines --------------------------------------------------------------------------------------------

void Intercept::deadline_passed() {
  if (deadline_.awaited() == Awaited::traffic)
    deadline_.move_to(last_activity_, route_->settings.deadlines.idle);
  if (deadline_.is_ahead()) return;
  switch (deadline_.awaited()) {
    case Awaited::nothing: return;
    case Awaited::trial: return conclude();
    case Awaited::hello:
      if (preamble_.listens()) return client_is_silent();
      return finish({Reason::hello_timeout, Side::downstream, {}});
    case Awaited::greeting:
    case Awaited::plaintext: {
      if (!preamble_.is_under_way()) refuse_downstream(tls::alert::internal_error);
      return finish(preamble_.timed_out());
    }
    case Awaited::upstream_handshake:
      return upstream_failed(tls::alert::internal_error, upstream_.timed_out(), Departure::none);
    case Awaited::presentation:
      refuse_downstream(tls::alert::internal_error);
      return finish({Reason::presentation_failed, Side::mailtap, {}});
    case Awaited::downstream_handshake:
      return finish({Reason::downstream_handshake_timeout, Side::downstream, {}});
    case Awaited::traffic: return finish({Reason::idle_timeout, Side::mailtap, {}});
    case Awaited::goodbye: return finish({Reason::closed, Side::upstream, "the client did not close"});
  }
}

// --- events -----------------------------------------------------------------------------------------------

void Intercept::on_data(net::Stream& stream, Bytes bytes) {
  auto& leg = leg_of(stream);
  last_activity_ = services_.timers.now();
  leg.record(bytes);
  if (leg.is<Leg::Relaying>()) return relayed(relay_->on_data(leg, bytes));
  if (leg.is<Leg::Plaintext>()) return in_plaintext(preamble_.on_data(leg, bytes, downstream_.has_begun()));
  if (leg.is<Leg::Hello>()) return peek_hello(bytes);
  if (leg.is<Leg::Handshaking>()) {
    leg.session()->feed(bytes);
    return step_handshake(leg);
  }
  if (leg.is<Leg::Open>()) {
    // There is nobody yet to relay to.
    leg.session()->feed(bytes);
    if (leg.session()->backlog() > max_waiting) stream.stop_reading();
    return;
  }
  // The client has sent its hello and can't go on without ours; read on only to notice that it leaves.
  if (!downstream_.keep(bytes)) stream.stop_reading();
}

void Intercept::step_handshake(const Leg& leg) {
  leg.side == Side::upstream ? upstream_.step_handshake() : downstream_.step_handshake();
}

void Intercept::on_end(net::Stream& stream) {
  auto& leg = leg_of(stream);
  leg.record_end();
  if (leg.is<Leg::Relaying>()) return relayed(relay_->on_end(leg));
  if (leg.is<Leg::Plaintext>()) return in_plaintext(preamble_.on_end(leg));
  if (leg.is<Leg::Hello>()) return finish(left_in_hello(), Departure::left);
  if (leg.is<Leg::Handshaking>()) {
    leg.session()->feed_end();
    return step_handshake(leg);
  }
  if (leg.is<Leg::Open>()) return leg.session()->feed_end();
  finish({Reason::downstream_handshake_failed, Side::downstream,
          "the client left before the server had answered"},
         Departure::left);
}

inspect::Ending Intercept::left_in_hello() const {
  if (says_nothing(downstream_.leg())) return {Reason::no_data, Side::downstream, {}};
  return {Reason::downstream_handshake_failed, Side::downstream,
          downstream_.has_begun() ? "closed in the middle of its hello"
                                  : "the client left without a hello after STARTTLS"};
}

void Intercept::on_broken(net::Stream& stream, std::string_view why) {
  auto& leg = leg_of(stream);
  leg.record_reset();
  if (relay_) return relay_ended(relay_->on_broken(leg, why));
  if (leg.side == Side::upstream) return upstream_broken(why);
  const bool is_silent = says_nothing(leg);
  const inspect::Ending reset{is_silent ? Reason::no_data : Reason::reset, Side::downstream,
                              std::string(why)};
  if (leg.is<Leg::Handshaking>() || leg.is<Leg::Open>()) return downstream_left(reset, Departure::reset);
  finish(reset, is_silent ? Departure::none : Departure::reset);
}

void Intercept::upstream_broken(std::string_view why) {
  if (preamble_.may_lose_server()) return upstream_.forget();
  if (upstream_.leg().is<Leg::Handshaking>()) return upstream_.broke(why);
  upstream_failed(tls::alert::internal_error, {Reason::reset, Side::upstream, std::string(why)},
                  Departure::reset);
}

/// A client that leaves, or resets, without having said anything is a health check or a port scan.
bool Intercept::says_nothing(const Leg& leg) const {
  if (leg.is<Leg::Plaintext>()) return !preamble_.client_spoke();
  return leg.is<Leg::Hello>() && !downstream_.has_begun() && !record_.starttls;
}

void Intercept::on_flushed(net::Stream& stream) {
  last_activity_ = services_.timers.now();
  if (relay_) relayed(relay_->on_flushed(leg_of(stream)));
}

}  // namespace mailtap::proxy
