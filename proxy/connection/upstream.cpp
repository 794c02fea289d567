#include "proxy/connection/upstream.h"

#include <algorithm>
#include <utility>

#include "certs/model/identity.h"
#include "inspect/record.h"
#include "proxy/connection/alpn.h"
#include "proxy/connection/client_terms.h"
#include "proxy/connection/dialling.h"
#include "proxy/connection/verification.h"
#include "tls/alert.h"
#include "tls/sessions/sessions.h"

namespace mailtap::proxy {

using inspect::Reason;
using inspect::Side;

Upstream::Upstream(Context& context, Deadline& deadline, net::Stream::Events& events, Delegate& delegate)
    : context_(context),
      services_(context.services),
      route_(context.route),
      record_(context.record),
      recording_(context.recording),
      deadline_(deadline),
      events_(events),
      delegate_(delegate),
      leg_(Side::upstream),
      versions_(route_->settings.legacy_tls, services_.old_servers),
      hello_(route_->settings.hello, route_->client_identity != nullptr, route_->settings.legacy_tls.upstream,
             services_.hellos) {}

// --- connect ----------------------------------------------------------------------------------------------

void Upstream::connect() {
  connect_began_ = Clock::now();
  deadline_.suspend();  // the dialer keeps the time
  is_dialling_ = true;
  dialling_ = services_.dialer.dial(context_.target, route_->settings.deadlines.connect, *this);
  dialling_->begin();
}

void Upstream::on_dialing(const net::Address& address) {
  record_.upstream.address = address.to_string();
}

void Upstream::on_dialled(std::unique_ptr<net::Stream> stream, const net::Address& address) {
  dialling_.reset();
  is_dialling_ = false;
  record_.upstream.address = address.to_string();
  send_preface(*stream, context_);
  connected(std::move(stream));
}

void Upstream::on_not_dialled(const net::DialFailure& why) {
  is_dialling_ = false;
  delegate_.upstream_failed(tls::alert::internal_error, ending_of(why, context_.target.host),
                            Departure::none);
}

void Upstream::take(std::unique_ptr<net::Stream> its_stream, Clock::time_point connect_began) {
  connect_began_ = connect_began;
  connected(std::move(its_stream));
}

void Upstream::connected(std::unique_ptr<net::Stream> stream) {
  leg_.stream = std::move(stream);
  leg_.stream->set_events(events_);
  record_.connect = inspect::since(connect_began_);
  handshake_began_ = Clock::now();
  delegate_.upstream_connected();
}

void Upstream::forget() {
  leg_.stream.reset();
  leg_.wait();
}

// --- handshake --------------------------------------------------------------------------------------------

void Upstream::choose_name(const tls::ClientHello& hello, Clock::time_point accepted) {
  name_ = configured_name(route_->settings, context_.target, hello.sni);
  versions_.choose(record_.upstream_configured, accepted);
}

void Upstream::begin_handshake(const tls::ClientHello& hello) {
  handshake_began_ = Clock::now();
  deadline_.set(route_->settings.deadlines.handshake, Deadline::Awaited::upstream_handshake);
  if (recording_) recording_.opened(Side::upstream, leg_.stream->local(), leg_.stream->peer());

  tls::ClientParameters parameters;
  // Whether a name is sent is the client's choice, which name the route's: a router without SNI gets to see
  // the certificate that it would see without mailtap.
  if (!hello.sni.empty()) parameters.sni = name_;
  parameters.alpn = relayable_alpn(hello.alpn, route_->settings);
  // A server that chooses one would not have for a client without, and the other way round.
  if (hello.highest_version() >= tls::version::tls13) parameters.hybrid_groups = hello.groups;
  parameters.client_certificate = route_->client_identity;
  parameters.keylog = recording_.keylog_of(Side::upstream);
  if (services_.batcher != nullptr)
    parameters.batching = {services_.batcher, [this] { step_handshake(); }};  // as if bytes had come
  hello_.choose(hello, record_.upstream_configured, versions_.are_old(), is_repeatable(), handshake_began_);
  hello_.put_into(parameters);
  versions_.put_into(parameters);
  // In a resumed session nobody is asked for a certificate.
  if (!route_->settings.ask_client_cert)
    parameters.resume = services_.sessions.take(route_->settings.id, upstream_session_key(),
                                                std::chrono::system_clock::now());
  offered_session_ = parameters.resume.has_value();
  record_.upstream.name = parameters.sni;
  hello_.describe(parameters, hello, record_);
  leg_.begin_handshake(tls::make_client_session(std::move(parameters)));
  leg_.stream->start_reading();
  step_handshake();
}

void Upstream::step_handshake() {
  if (is_stopped_ || !leg_.is<Leg::Handshaking>()) return;
  switch (leg_.step_handshake(net::LastFlight::left_to_caller)) {
    case net::Handshake::under_way: return;
    case net::Handshake::done:
      handshake_done();
      if (!is_stopped_) leg_.flush();  // nobody else has: there is no request yet, or no verdict
      return;
    case net::Handshake::failed: return handshake_failed();
  }
}

void Upstream::handshake_failed() {
  leg_.write_down(record_.upstream);
  const auto& failure = leg_.session()->failure();
  if (ask_once_more(failure)) return;
  // A certificate that came before the failure still gets its verdict.
  if (!leg_.session()->peer_chain().empty()) {
    services_.verifier.verify_now(question(leg_.session()->peer_chain(), inspect::VerdictSource::handshake),
                                  record_);
  }
  // A server that has changed its versions may refuse what an old session offers.
  services_.sessions.forget(route_->settings.id, upstream_session_key());
  if (hello_.refuses_fallback(failure))  // there is nothing wrong with the server
    return delegate_.upstream_failed(
        tls::alert::inappropriate_fallback,
        {Reason::downstream_handshake_failed, Side::downstream, refused_fallback(hello_.newest())},
        Departure::left);
  const auto refused_version = hello_.refused_version(failure);
  delegate_.upstream_failed(
      versions_.alert(failure),
      {Reason::upstream_handshake_failed, Side::upstream,
       refused_version.empty() ? versions_.detail(leg_.session()->agreed(), with_what_it_missed(failure))
                               : failure.detail + refused_version},
      Departure::left);
}

void Upstream::broke(std::string_view why) {
  auto failure = leg_.session()->failure();
  failure.detail = why;
  if (ask_once_more(failure)) return;
  delegate_.upstream_failed(
      tls::alert::internal_error,
      {Reason::reset, Side::upstream,
       versions_.detail(leg_.session()->agreed(), with_what_it_missed(std::move(failure)))},
      Departure::reset);
}

inspect::Ending Upstream::timed_out() {
  inspect::Ending ending{Reason::upstream_handshake_timeout, Side::upstream, {}};
  if (leg_.session() == nullptr) return ending;  // connecting once more
  // What a session makes of a hello may be why.
  services_.sessions.forget(route_->settings.id, upstream_session_key());
  leg_.write_down(record_.upstream);
  ending.detail =
      record_.upstream.version == tls::version::none
          ? "the server hasn't answered the hello; mailtap check --intolerance finds out which it answers"
          : "the server has stopped in the middle of the handshake";
  return ending;
}

/// The old engine is asked last, or of a server that is known to be old.
tls::Failure Upstream::with_what_it_missed(tls::Failure failure) const {
  if (versions_.are_old()) return failure;
  const auto missed = hello_.missed(leg_.session()->agreed(), failure);
  if (!missed.empty()) failure.detail += "; " + missed;
  return failure;
}

/// Its client hasn't said STARTTLS.
bool Upstream::is_repeatable() const {
  return !record_.starttls;
}

/// On a new connection, where another hello or other versions may help.
bool Upstream::ask_once_more(const tls::Failure& failure) {
  const auto& agreed = leg_.session()->agreed();
  const bool is_asked_with_own =
      is_repeatable() &&
      hello_.ask_with_own(agreed, failure, offered_session_, !leg_.session()->peer_chain().empty());
  if (!is_asked_with_own &&
      !versions_.ask_once_more(agreed, with_what_it_missed(failure), is_repeatable(), Clock::now())) {
    hello_.has_failed(agreed, failure, Clock::now());
    return false;
  }
  leg_.stream.reset();
  leg_.wait();
  connect();
  return true;
}

void Upstream::handshake_done() {
  leg_.open();
  hello_.has_worked(Clock::now());
  if (!hello_.refusal().empty())
    record_.bridged = inspect::bridged(hello_.refusal(), hello_.is_without_questions(), route_->language);
  record_.upstream_handshake = inspect::since(handshake_began_);
  leg_.write_down(record_.upstream);
  chain_ = leg_.session()->original_chain();
  const auto source =
      record_.upstream.resumed ? inspect::VerdictSource::cache : inspect::VerdictSource::handshake;
  verifying_ = services_.verifier.verify(question(chain_, source), record_, [this] { verified(); });
  if (!verifying_) verified();
}

// --- verdict ----------------------------------------------------------------------------------------------

Verifier::Question Upstream::question(const std::vector<Buffer>& chain, inspect::VerdictSource source) const {
  return {*route_, name_, chain, source, leg_.session()->stapled()};
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
  if (leg_.is<Leg::Open>()) leg_.flush();  // the end of its handshake: step_handshake() won't any more
  is_stopped_ = true;
  if (std::exchange(is_dialling_, false)) dialling_.reset();
  if (verifying_) verifying_->finish_now();
}

void Upstream::save_session() {
  if (leg_.session() == nullptr || leg_.is<Leg::Handshaking>()) return;
  auto saved = leg_.session()->take_saved_session();
  if (saved) services_.sessions.put(route_->settings.id, upstream_session_key(), std::move(*saved));
}

}  // namespace mailtap::proxy
