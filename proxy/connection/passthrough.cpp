#include "proxy/connection/passthrough.h"

#include <utility>

#include "certs/verify/verdict.h"
#include "inspect/record.h"
#include "proxy/connection/dialling.h"
#include "proxy/connection/verification.h"

namespace mailtap::proxy {

using inspect::Reason;
using inspect::Side;
using inspect::since;
using tls::Sender;
using Awaited = Deadline::Awaited;

namespace {

std::optional<config::Protocol> starttls_of(const std::optional<inspect::PlaintextStart>& start) {
  for (const auto protocol : {config::Protocol::smtp, config::Protocol::pop3, config::Protocol::imap})
    if (start && start->protocol == protocol) return protocol;
  return std::nullopt;
}

}  // namespace

Passthrough::Passthrough(Context& context, Host& host)
    : context_(context),
      host_(host),
      services_(context.services),
      route_(context.route),
      record_(context.record),
      recording_(context.recording),
      deadline_(services_.timers, [this] { deadline_passed(); }) {
  record_.mode = config::Mode::observe;
}

Passthrough::~Passthrough() {
  services_.prober.forget(this);
}

/// What has come already is looked at, and relayed, as if it came now. Either side may speak first. The
/// client isn't read until there is somebody to relay to.
void Passthrough::start(Beginning beginning) {
  downstream_.stream = std::move(beginning.downstream);
  downstream_.stream->set_events(*this);
  early_bytes_ = std::move(beginning.early_bytes);
  recording_.begin(services_.watcher);
  recording_.opened(Side::downstream, context_.client, context_.destination);
  const auto opening = starttls::opening_of(route_->settings, context_.target.port);
  may_be_greeted_ = opening.begins != starttls::Begins::with_hello;
  sniffer_ = std::make_unique<HandshakeSniffer>(opening);
  if (!beginning.upstream) return connect_upstream();
  connect_began_ = beginning.connect_began;
  const auto address = net::Address::parse(record_.upstream.address);
  upstream_connected(std::move(beginning.upstream), address.value_or(net::Address{}));
}

// --- connect upstream -------------------------------------------------------------------------------------

void Passthrough::connect_upstream() {
  connect_began_ = Clock::now();
  is_dialling_ = true;
  dialling_ = services_.dialer.dial(context_.target, route_->settings.deadlines.connect, *this);
  dialling_->begin();
}

void Passthrough::on_dialing(const net::Address& address) {
  record_.upstream.address = address.to_string();
}

void Passthrough::on_dialled(std::unique_ptr<net::Stream> stream, const net::Address& address) {
  is_dialling_ = false;
  dialling_.reset();
  record_.upstream.address = address.to_string();
  send_preface(*stream, context_);
  upstream_connected(std::move(stream), address);
}

void Passthrough::on_not_dialled(const net::DialFailure& why) {
  is_dialling_ = false;
  finish(ending_of(why, context_.target.host));
}

void Passthrough::upstream_connected(std::unique_ptr<net::Stream> upstream, const net::Address& address) {
  upstream_.stream = std::move(upstream);
  upstream_.stream->set_events(*this);
  upstream_address_ = address;
  connected_ = Clock::now();
  record_.connect = since(connect_began_);
  if (recording_) recording_.opened(Side::upstream, upstream_.stream->local(), upstream_.stream->peer());
  last_activity_ = services_.timers.now();
  set_sniffing_deadline();
  inspect::Tap* tap = this;
  relay_.emplace(downstream_, upstream_, MutableBytes{}, record_, tap);
  relayed(relay_->start());
  if (!early_bytes_.empty()) on_data(*downstream_.stream, std::exchange(early_bytes_, {}));
}

// --- sniff ------------------------------------------------------------------------------------------------

void Passthrough::on_bytes(inspect::Flow flow, Bytes bytes, inspect::Instant /*at*/) {
  const auto sender = flow == inspect::Flow::to_upstream ? Sender::client : Sender::server;
  if (sniffer_) {
    spoke_last_ = sender;
    sniffer_->see(sender, bytes, since(context_.accepted));
    is_tls_ = sniffer_->tls_begun();
  }
  // A trace has TLS alone: what is said in plaintext may hold passwords.
  if (recording_ && is_tls_)
    for (const auto leg : {Side::downstream, Side::upstream}) recording_.capture()->bytes(leg, sender, bytes);
  if (sniffer_) sniffed();
}

void Passthrough::on_end(inspect::Flow flow, inspect::Instant /*at*/) {
  const auto sender = flow == inspect::Flow::to_upstream ? Sender::client : Sender::server;
  if (end_.first == Side::mailtap)
    end_.first = flow == inspect::Flow::to_upstream ? Side::downstream : Side::upstream;
  server_ended_ = server_ended_ || sender == Sender::server;
  if (!recording_) return;
  for (const auto leg : {Side::downstream, Side::upstream}) recording_.capture()->ended(leg, sender);
}

/// Each step is taken once, when it is seen to be there.
void Passthrough::sniffed() {
  const bool is_new = stage_ != sniffer_->stage();
  stage_ = sniffer_->stage();
  if (is_tls_ && tls_began_ == Clock::time_point{}) begin_tls();
  if (is_tls_ && !record_.verdict && probing_ == Probing::no) handshake_seen();
  const auto& facts = sniffer_->facts();
  if (facts.finished && record_.downstream_handshake.count() < 0)
    record_.downstream_handshake = since(tls_began_);
  if (facts.finished) tell_that_it_is_open();
  if (stage_ == HandshakeSniffer::Stage::over) return sniffing_over();
  if (is_new || facts.finished) set_sniffing_deadline();
}

void Passthrough::begin_tls() {
  tls_began_ = Clock::now();
  if (sniffer_->starttls())
    record_.plaintext = std::chrono::duration_cast<inspect::Microseconds>(tls_began_ - connected_);
}

/// The certificate is there, or it is certain that it can't be read here.
void Passthrough::handshake_seen() {
  const auto& facts = sniffer_->facts();
  if (facts.server_hello() == nullptr) return;
  const auto& sni = facts.client_hellos.empty() ? std::string() : facts.client_hellos.front().sni;
  name_ = configured_name(route_->settings, context_.target, sni);
  if (!facts.server_chain.empty()) {
    chain_ = facts.server_chain;
    return verify(inspect::VerdictSource::handshake);
  }
  if (certificate_hidden(facts) != Hidden::no) probe();
}

/// From now on bytes are relayed, and nothing else.
void Passthrough::sniffing_over() {
  describe(*sniffer_, record_);
  reaction_ = reaction_facts(*sniffer_, end_);
  sniffer_.reset();
  set_sniffing_deadline();
  tell_that_it_is_open();
}

/// To whoever watches, once, when all is known that will be while it lasts.
void Passthrough::tell_that_it_is_open() {
  const bool is_going_on = !sniffer_ || sniffer_->facts().finished;
  if (services_.watcher == nullptr || !is_going_on || probing_ == Probing::under_way) return;
  if (std::exchange(told_open_, true)) return;
  if (sniffer_) describe(*sniffer_, record_);
  note_beginnings();
  services_.watcher->opened(record_);
}

// --- verdict ----------------------------------------------------------------------------------------------

void Passthrough::verify(inspect::VerdictSource source) {
  services_.verifier.verify_now({*route_, name_, chain_, source, stapled_}, record_);
}

void Passthrough::probe() {
  const auto& facts = sniffer_->facts();
  Prober::Question question;
  question.address = upstream_address_;
  question.proxy_protocol = route_->settings.ingress.send_proxy_protocol;
  question.starttls = starttls_of(sniffer_->starttls());
  if (!facts.client_hellos.empty()) question.sni = facts.client_hellos.front().sni;
  if (facts.server_hello()->version < tls::version::tls12) question.version = facts.server_hello()->version;
  probing_ = Probing::under_way;
  services_.prober.ask(question, this, [this](const ProbedPtr& answer) { probed(answer); });
}

void Passthrough::probed(const ProbedPtr& answer) {
  if (life_ == Life::concluded) return;
  probing_ = Probing::done;
  if (!answer->chain.empty()) {
    chain_ = answer->chain;
    stapled_ = answer->stapled;
    verify(inspect::VerdictSource::probe);
  } else {
    probe_problem_ = answer->problem;
  }
  if (life_ == Life::finished) return conclude();
  tell_that_it_is_open();
}

// --- relay ------------------------------------------------------------------------------------------------

void Passthrough::on_data(net::Stream& stream, Bytes bytes) {
  last_activity_ = services_.timers.now();
  relayed(relay_->on_data(leg_of(stream), bytes));
}

void Passthrough::on_flushed(net::Stream& stream) {
  last_activity_ = services_.timers.now();
  if (relay_) relayed(relay_->on_flushed(leg_of(stream)));
}

void Passthrough::on_end(net::Stream& stream) {
  last_activity_ = services_.timers.now();
  const auto end = relay_->on_end(leg_of(stream));
  if (upstream_.is_of(stream)) deadline_.set(goodbye, Awaited::goodbye);
  relayed(end);
}

void Passthrough::relayed(const Relay::MaybeEnd& end) {
  if (end) ended_in_order();
}

void Passthrough::ended_in_order() {
  finish({Reason::closed, end_.first, {}}, /*by_streams=*/true);
}

/// A side that is broken is broken for the other too: an orderly FIN would be a lie.
void Passthrough::on_broken(net::Stream& stream, std::string_view why) {
  const auto& leg = leg_of(stream);
  if (end_.first == Side::mailtap) end_.first = leg.side;
  if (auto* capture = recording_.capture())
    for (const auto each : {Side::downstream, Side::upstream}) capture->was_reset(each, leg.theirs());
  (&leg == &downstream_ ? upstream_ : downstream_).reset();
  end_.detail = why;
  // Who has said its last and is gone meets what is still sent to it with a reset.
  if (relay_ && relay_->on_broken(leg, why).how == Relay::End::How::in_order) return ended_in_order();
  end_.is_reset = true;
  finish({Reason::reset, leg.side, end_.detail}, /*by_streams=*/true);
}

// --- ending -----------------------------------------------------------------------------------------------

void Passthrough::stop(Reason reason, const std::string& detail) {
  if (life_ == Life::going_on) finish({reason, Side::mailtap, detail});
  if (life_ == Life::finished) conclude();
}

/// The streams are done. What is still being found out about the certificate is waited for, which holds up
/// nobody: a probe has its own time limit.
void Passthrough::finish(const inspect::Ending& ending, bool by_streams) {
  if (life_ != Life::going_on) return;
  life_ = Life::finished;
  record_.total = since(context_.accepted);
  record_.ending = ending;
  end_.client_spoke = record_.bytes_to_upstream > 0;
  if (sniffer_) {
    describe(*sniffer_, record_);
    reaction_ = reaction_facts(*sniffer_, end_);
    if (by_streams) record_.ending = ending_of(*sniffer_, end_);
    sniffer_.reset();
  }
  reaction_.left = end_.first == Side::downstream;
  downstream_.close();
  upstream_.close();
  if (std::exchange(is_dialling_, false)) dialling_.reset();
  deadline_.stop();
  context_.places.clear();
  if (probing_ != Probing::under_way) conclude();
}

void Passthrough::conclude() {
  life_ = Life::concluded;
  services_.prober.forget(this);
  if (!record_.verdict && probing_ != Probing::no && record_.undecoded.empty())
    record_.undecoded =
        "the certificate is encrypted on the wire, and mailtap's own connection didn't get it: " +
        (probe_problem_.empty() ? std::string("it was stopped") : probe_problem_);
  record_.reaction = inspect::reaction_of(
      reaction_, {std::nullopt, {}, record_.verdict != nullptr && record_.verdict->acceptable()});
  if (record_.starttls) inspect::add(*record_.starttls, record_.traffic);
  host_.on_over(chain_);
}

/// The one handshake is told as the client's.
void Passthrough::note_beginnings() {
  record_.began.connect = context_.after_accept(connect_began_);
  record_.began.downstream_handshake = context_.after_accept(tls_began_);
}

// --- deadlines --------------------------------------------------------------------------------------------

/// What is understood has the deadlines that it would have if TLS were ended here; what isn't, may go on
/// until it is silent.
void Passthrough::set_sniffing_deadline() {
  const auto& deadlines = route_->settings.deadlines;
  const bool handshake_over = !sniffer_ || sniffer_->facts().finished;
  if (server_ended_) return;
  if (handshake_over) return deadline_.set(deadlines.idle, Awaited::traffic);
  switch (stage_) {
    case HandshakeSniffer::Stage::silent:
      return deadline_.set(may_be_greeted_ ? deadlines.starttls : deadlines.hello, Awaited::hello);
    case HandshakeSniffer::Stage::plaintext: return deadline_.set(deadlines.starttls, Awaited::plaintext);
    case HandshakeSniffer::Stage::tls:
      return deadline_.set(deadlines.handshake, Awaited::downstream_handshake);
    case HandshakeSniffer::Stage::login:
    case HandshakeSniffer::Stage::over: return deadline_.set(deadlines.idle, Awaited::traffic);
  }
}

void Passthrough::deadline_passed() {
  if (deadline_.awaited() == Awaited::traffic)
    deadline_.move_to(last_activity_, route_->settings.deadlines.idle);
  if (deadline_.awaited() == Awaited::goodbye) deadline_.move_to(last_activity_, goodbye);
  if (deadline_.is_ahead()) return;
  finish(late());
}

/// Who spoke last waits for the other.
inspect::Ending Passthrough::late() const {
  const bool awaits_server = spoke_last_ == Sender::client && record_.bytes_to_upstream > 0;
  switch (deadline_.awaited()) {
    case Awaited::hello: return {Reason::hello_timeout, Side::downstream, {}};
    case Awaited::plaintext:
      return {Reason::starttls_timeout,
              awaits_server || record_.bytes_to_downstream == 0 ? Side::upstream : Side::downstream,
              {}};
    case Awaited::downstream_handshake:
      if (awaits_server) return {Reason::upstream_handshake_timeout, Side::upstream, {}};
      return {Reason::downstream_handshake_timeout, Side::downstream, {}};
    case Awaited::goodbye: return {Reason::closed, Side::upstream, "the client did not close"};
    default: return {Reason::idle_timeout, Side::mailtap, {}};
  }
}

}  // namespace mailtap::proxy
