#include "proxy/connection.h"

#include <algorithm>
#include <initializer_list>

#include "proxy/admission.h"
#include "proxy/alpn.h"
#include "proxy/arrival/arrived.h"
#include "proxy/judging.h"
#include "tls/alert.h"
#include "tls/ja4.h"
#include "tls/plain_session.h"

namespace mailtap::proxy {

using inspect::Reason;
using inspect::Side;
using tls::Step;

namespace {

/// What a side may send before the other can take it; more waits in the kernel.
constexpr std::size_t most_waiting = std::size_t{64} * 1024;

inspect::Microseconds since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration_cast<inspect::Microseconds>(std::chrono::steady_clock::now() - begin);
}

void describe(const tls::Agreed& agreed, inspect::Leg& leg) {
  leg.tls = agreed.version;
  leg.cipher = agreed.cipher;
  leg.group = agreed.group;
  leg.alpn = agreed.alpn;
  leg.resumed = agreed.resumed;
}

}  // namespace

Connection::Connection(WorkerServices& services, RunningRoutePtr route, std::uint64_t id, Owner& owner)
    : services_(services),
      route_(std::move(route)),
      owner_(owner),
      target_(route_->settings.upstream),
      recording_(route_),
      downstream_tcp_(services.loop, *this, services.read_buffer),
      upstream_tcp_(services.loop, *this, services.read_buffer),
      downstream_(Side::downstream, Leg::Phase::hello, downstream_tcp_),
      upstream_(Side::upstream, Leg::Phase::waiting, upstream_tcp_),
      connector_(services, upstream_tcp_, *this),
      versions_(route_->settings.legacy_tls, services.old_servers),
      deadline_(services.loop, [this] { deadline_passed(); }) {
  record_.id = id;
  record_.route = route_->settings.id;
  record_.upstream_configured = target_.to_string();
  record_.time = std::chrono::system_clock::now();
  accepted_ = Clock::now();
}

int Connection::accept(uv_stream_t* listener) {
  return downstream_tcp_.accept(listener);
}

void Connection::start() {
  client_ = downstream_tcp_.peer();
  record_.downstream.address = client_.to_string();
  auto refusal = admit_connection(*route_, places_);
  if (!refusal) refusal = admit_client(*route_, client_, places_);
  if (refusal) return finish(refusal->reason, refusal->side, refusal->detail);
  const bool tells_destination = route_->settings.insertion.send_proxy_protocol != config::ProxyVersion::none;
  if (tells_destination || route_->traces) destination_ = downstream_tcp_.local();
  begin();
  await_first_words();
}

/// With the streams and all that is known already: the hello, a connected upstream.
void Connection::take_over(Arrived arrived) {
  downstream_tcp_.take(arrived.downstream);
  client_ = arrived.client;
  destination_ = arrived.destination;
  target_ = std::move(arrived.target);
  places_ = std::move(arrived.places);
  record_ = std::move(arrived.record);
  accepted_ = arrived.accepted;
  begin();
  if (arrived.upstream != nullptr) {
    upstream_tcp_.take(*arrived.upstream);
    connector_.skip();
    connect_began_ = arrived.connect_began;
    if (opening_.begins == starttls::Begins::in_plaintext) begin_plaintext();
    upstream_connected();
  } else if (!arrived.hello) {
    await_first_words();
  }
  if (finished_ || arrived.early_bytes.empty()) return;
  if (!arrived.hello) return on_data(downstream_tcp_, arrived.early_bytes);
  downstream_.record(arrived.early_bytes);
  early_bytes_ = std::move(arrived.early_bytes);
  hello_ = std::move(arrived.hello);
  hello_complete();
}

void Connection::begin() {
  connector_.announce(route_->settings.insertion.send_proxy_protocol, client_, destination_);
  recording_.begin();
  recording_.opened(Side::downstream, client_, destination_);
  downstream_.capture = upstream_.capture = recording_.capture();
  opening_ = starttls::opening_of(route_->settings, target_.port);
  downstream_.stream.start_reading();
}

// --- who speaks first -------------------------------------------------------------------------------------

/// The client with its hello; or the server with a greeting, where TLS begins with STARTTLS.
void Connection::await_first_words() {
  using starttls::Begins;
  const auto hello = route_->settings.deadlines.hello;
  switch (opening_.begins) {
    case Begins::in_plaintext: begin_plaintext(); return connect_upstream();
    case Begins::with_either: return connect_upstream();
    case Begins::with_hello_unless_silent:
      listens_ = hello > starttls::silence;
      return await_hello(listens_ ? starttls::silence : hello);
    case Begins::with_hello: return await_hello(hello);
  }
}

/// A silent client may be waiting for the server's greeting.
void Connection::client_is_silent() {
  listens_ = false;
  if (early_bytes_.empty()) return connect_upstream();
  await_hello(route_->settings.deadlines.hello - starttls::silence);
}

void Connection::await_hello(std::chrono::milliseconds within) {
  deadline_.set(within, Reason::hello_timeout, Side::downstream);
}

// --- plaintext phase --------------------------------------------------------------------------------------

void Connection::begin_plaintext() {
  plaintext_.emplace(starttls::Rules{opening_.protocol, route_->settings.allow_plaintext});
  record_.starttls = plaintext_->report();
  downstream_.phase = Leg::Phase::plaintext;
  if (upstream_.phase == Leg::Phase::plaintext)
    deadline_.set(route_->settings.deadlines.starttls, Reason::starttls_timeout, Side::upstream);
}

void Connection::in_plaintext(const Leg& from, Bytes bytes) {
  if (!plaintext_) {  // only the server can be in plaintext then
    if (record_.starttls)
      return finish(Reason::plaintext_injected, Side::upstream,
                    "the server went on in plaintext after its go-ahead for TLS");
    if (!early_bytes_.empty())
      return finish(Reason::plaintext_error, Side::upstream,
                    "the server greets in plaintext, and the client began with TLS");
    begin_plaintext();
  }
  plaintext_said(&from == &downstream_ ? plaintext_->from_client(bytes) : plaintext_->from_server(bytes));
}

void Connection::ended_in_plaintext(const Leg& from) {
  if (plaintext_) {
    if (says_nothing(from)) return finish(Reason::no_data, Side::downstream, {});
    return plaintext_said(&from == &downstream_ ? plaintext_->client_ended() : plaintext_->server_ended());
  }
  if (record_.starttls)
    return finish(Reason::upstream_handshake_failed, Side::upstream,
                  "the server closed after its go-ahead for TLS");
  if (opening_.begins == starttls::Begins::with_either)
    return finish(Reason::starttls_not_used, Side::upstream, "the server closed without a greeting");
  forget_upstream();
}

/// A server that waits in vain for a silent client's TLS may leave; it is connected to again for the hello.
void Connection::forget_upstream() {
  upstream_.stream.close();
  upstream_.phase = Leg::Phase::waiting;
  connector_.forget();
}

void Connection::plaintext_said(starttls::PlaintextPhase::State state) {
  using State = starttls::PlaintextPhase::State;
  downstream_.stream.send(as_bytes(plaintext_->for_client()));
  upstream_.stream.send(as_bytes(plaintext_->for_server()));
  record_.starttls = plaintext_->report();
  spoken_ = plaintext_->protocol();
  switch (state) {
    case State::going_on: return;
    case State::secured: return plaintext_secured();
    case State::plain: return relay_in_plaintext();
    case State::over: {
      const auto& ending = plaintext_->ending();
      return finish(ending.reason, ending.side, ending.detail);
    }
  }
}

/// Both sides have agreed on TLS: the client's hello is next, and not a byte of the server's before ours.
void Connection::plaintext_secured() {
  record_.plaintext = since(upstream_began_);
  plaintext_.reset();
  downstream_.phase = Leg::Phase::hello;
  await_hello(route_->settings.deadlines.hello);
}

/// The route allows it: what is said goes on as it is, and is written down as such.
void Connection::relay_in_plaintext() {
  const bool client_has_ended = plaintext_->client_has_ended();
  for (auto* leg : {&downstream_, &upstream_}) {
    leg->session = std::make_unique<tls::PlainSession>();
    leg->phase = Leg::Phase::open;
  }
  downstream_.session->feed(as_bytes(plaintext_->unpassed_from_client()));
  upstream_.session->feed(as_bytes(plaintext_->unpassed_from_server()));
  plaintext_.reset();
  downstream_.capture = upstream_.capture = nullptr;
  recording_.drop();
  begin_relay();
  if (client_has_ended && !finished_) relayed(relay_->on_end(downstream_));
}

// --- peek client hello ------------------------------------------------------------------------------------

void Connection::peek_hello(Bytes bytes) {
  early_bytes_.insert(early_bytes_.end(), bytes.begin(), bytes.end());
  auto hello = tls::parse_client_hello(early_bytes_);
  if (!hello)
    return finish(record_.starttls ? Reason::plaintext_injected : Reason::not_tls, Side::downstream,
                  hello.error().message);
  if (!*hello) return;
  hello_ = std::move(**hello);
  hello_complete();
}

void Connection::hello_complete() {
  listens_ = false;
  downstream_.phase = Leg::Phase::waiting;
  record_.downstream.name = hello_->sni;
  record_.ja4 = tls::ja4(*hello_);

  const auto& settings = route_->settings;
  name_ = configured_name(settings, target_, hello_->sni);
  versions_.choose(record_.upstream_configured, accepted_);
  if (upstream_.phase == Leg::Phase::plaintext)
    begin_upstream_handshake();
  else if (!connector_.begun())
    connect_upstream();
  if (finished_) return;
  if (hello_->is_legacy() && !takes_old_client(settings.legacy_tls, *hello_)) {
    refuse_downstream(tls::alert::protocol_version);
    return downstream_left(Reason::downstream_handshake_failed,
                           refusal_of_old_client(settings.legacy_tls, *hello_));
  }
  if (!interception::may_present_early(*route_, *hello_)) return;
  if (const auto identity = route_->presenter->present_at_once(presentation_request()))
    begin_downstream_handshake(identity);
}

// --- connect upstream -------------------------------------------------------------------------------------

void Connection::connect_upstream() {
  connect_began_ = Clock::now();
  connector_.begin(target_, route_->settings.deadlines.connect);
}

void Connection::resolving(std::chrono::milliseconds within) {
  deadline_.set(within, Reason::connect_timeout, Side::upstream);
}

void Connection::connecting(const net::Address& address, std::chrono::milliseconds within) {
  record_.upstream.address = address.to_string();
  deadline_.set(within, Reason::connect_timeout, Side::upstream);
}

void Connection::not_connected(const inspect::Ending& why) {
  refuse_downstream(tls::alert::internal_error);
  finish(why.reason, why.side, why.detail);
}

// --- upstream handshake -----------------------------------------------------------------------------------

void Connection::upstream_connected() {
  record_.connect = since(connect_began_);
  upstream_began_ = Clock::now();
  if (hello_) return begin_upstream_handshake();
  // The server may greet before the client has said anything.
  upstream_.phase = Leg::Phase::plaintext;
  if (opening_.begins != starttls::Begins::with_hello) upstream_.stream.start_reading();
  if (plaintext_)
    deadline_.set(route_->settings.deadlines.starttls, Reason::starttls_timeout, Side::upstream);
  else
    await_hello(route_->settings.deadlines.hello);
}

void Connection::begin_upstream_handshake() {
  upstream_began_ = Clock::now();
  deadline_.set(route_->settings.deadlines.handshake, Reason::upstream_handshake_timeout, Side::upstream);
  if (recording_) recording_.opened(Side::upstream, upstream_tcp_.local(), upstream_tcp_.peer());

  tls::ClientParameters parameters;
  // Whether a name is sent is the client's choice, which name the route's: a router without SNI gets to see
  // the certificate that it would see without mailtap.
  if (!hello_->sni.empty()) parameters.sni = name_;
  parameters.alpn = relayable_alpn(hello_->alpn);
  parameters.client_certificate = route_->client_identity;
  parameters.keylog = recording_.keylog_of(Side::upstream);
  parameters.gathering = gathering(upstream_);
  versions_.put_into(parameters);
  // In a resumed session nobody is asked for a certificate.
  if (!route_->settings.ask_client_cert)
    parameters.resume =
        services_.sessions.take(route_->settings.id, session_key(), std::chrono::system_clock::now());
  record_.upstream.name = parameters.sni;
  upstream_.session = tls::make_client_session(std::move(parameters));
  upstream_.phase = Leg::Phase::handshaking;
  upstream_.stream.start_reading();
  step_handshake(upstream_);
}

void Connection::step_handshake(Leg& leg) {
  const auto step = leg.session->handshake();
  if (step == Step::want_crypto) return;  // what is written so far leaves with the rest of its flight
  leg.flush();
  switch (step) {
    case Step::done: return handshake_done(leg);
    case Step::want_read:
    case Step::want_write:
    case Step::want_crypto: return;  // bytes from the peer, or the cryptography's result, bring us back here
    case Step::closed:
    case Step::truncated:
    case Step::failed: return handshake_failed(leg);
  }
}

tls::Gathering Connection::gathering(Leg& leg) {
  if (!services_.batcher) return {};
  return {&*services_.batcher, [this, &leg] { cryptography_done(leg); }};
}

/// As if bytes had come.
void Connection::cryptography_done(Leg& leg) {
  if (!finished_ && leg.phase == Leg::Phase::handshaking) step_handshake(leg);
}

void Connection::handshake_done(Leg& leg) {
  leg.phase = Leg::Phase::open;
  const bool is_upstream = &leg == &upstream_;
  auto& took = is_upstream ? record_.upstream_handshake : record_.downstream_handshake;
  took = since(is_upstream ? upstream_began_ : downstream_began_);
  describe(leg.session->agreed(), is_upstream ? record_.upstream : record_.downstream);
  if (is_upstream) return upstream_handshake_done();
  relay_if_both_open();
}

void Connection::handshake_failed(Leg& leg) {
  const bool is_upstream = &leg == &upstream_;
  describe(leg.session->agreed(), is_upstream ? record_.upstream : record_.downstream);
  const auto& failure = leg.session->failure();
  if (is_upstream) {
    if (ask_upstream_once_more(failure)) return;
    // A certificate that came before the failure still gets its verdict.
    if (!leg.session->peer_chain().empty()) {
      look_up(leg.session->peer_chain());
      judge(leg.session->peer_chain(), inspect::VerdictSource::handshake);
    }
    // A server that has changed its versions may refuse what an old session offers.
    services_.sessions.forget(route_->settings.id, session_key());
    refuse_downstream(failure.alert_from_peer && failure.alert ? *failure.alert
                                                               : tls::alert::handshake_failure);
    return finish(Reason::upstream_handshake_failed, Side::upstream,
                  versions_.detail(leg.session->agreed(), failure));
  }
  downstream_left(Reason::downstream_handshake_failed, failure.detail);
}

/// On a new connection, where other versions may help.
bool Connection::ask_upstream_once_more(const tls::Failure& failure) {
  const bool repeatable = !record_.starttls;
  if (!versions_.ask_once_more(upstream_.session->agreed(), failure, repeatable, Clock::now())) return false;
  upstream_.stream.close();
  upstream_.session.reset();
  upstream_.phase = Leg::Phase::waiting;
  connect_upstream();
  return true;
}

/// A client that refuses what it was shown is of most interest together with what the server shows: the
/// connection ends when the upstream handshake, which began at the same time, has brought the verdict.
void Connection::downstream_left(Reason reason, const std::string& detail) {
  if (record_.verdict) return finish(reason, Side::downstream, detail);
  parting_ = {reason, Side::downstream, detail};
  downstream_.phase = Leg::Phase::waiting;
  downstream_.stream.close();
}

void Connection::upstream_handshake_done() {
  const bool resumed = record_.upstream.resumed;
  chain_ = upstream_.session->original_chain();
  look_up(chain_);
  const auto source = resumed ? inspect::VerdictSource::cache : inspect::VerdictSource::handshake;
  if (services_.batcher) {
    judging_.emplace(*services_.batcher, services_.judging_stacks, [this] { verdict_found(); });
    judging_->start([this, source] { judge(chain_, source); });
    if (judging_->waiting()) return;  // for the signatures of a chain that is new here
  } else {
    judge(chain_, source);
  }
  verdict_found();
}

// --- verdict ----------------------------------------------------------------------------------------------

void Connection::look_up(const std::vector<Buffer>& chain) {
  judged_by_ = proxy::look_up(services_, *route_, name_, chain, record_);
}

void Connection::judge(const std::vector<Buffer>& chain, inspect::VerdictSource source) {
  proxy::judge(services_, *route_, name_, chain, *judged_by_, source, record_);
}

void Connection::verdict_found() {
  judging_.reset();
  if (finished_) return;
  if (parting_) return finish(parting_->reason, parting_->side, parting_->detail);
  const auto decision = decide_on(*route_, name_, record_);
  if (!decision.proceed) {
    refuse_downstream(tls::alert::access_denied);
    return finish(Reason::refused_untrusted, Side::mailtap, decision.reason);
  }
  save_session();
  versions_.has_worked(Clock::now());
  if (downstream_.phase == Leg::Phase::waiting) return present();
  if (downstream_.phase == Leg::Phase::handshaking)
    deadline_.set(route_->settings.deadlines.handshake, Reason::downstream_handshake_timeout,
                  Side::downstream);
  relay_if_both_open();
}

// --- present ----------------------------------------------------------------------------------------------

certs::PresentationRequest Connection::presentation_request() const {
  certs::PresentationRequest request;
  request.sni = hello_->sni;
  request.name = name_;
  request.upstream_chain = chain_;
  request.upstream_trusted = record_.verdict && record_.verdict->trusted();
  request.client_verifies_ecdsa = interception::verifies_ecdsa(*hello_);
  return request;
}

void Connection::present() {
  auto request = presentation_request();
  if (const auto identity = route_->presenter->present_at_once(request))
    return begin_downstream_handshake(identity);

  deadline_.set(route_->settings.deadlines.handshake, Reason::presentation_failed, Side::mailtap);
  presenting_.emplace(services_.loop, route_, std::move(request), [this](const auto& identity) {
    presenting_.reset();
    if (identity) return begin_downstream_handshake(*identity);
    refuse_downstream(tls::alert::internal_error);
    finish(Reason::presentation_failed, Side::mailtap, identity.error().message);
  });
}

// --- downstream handshake ---------------------------------------------------------------------------------

void Connection::begin_downstream_handshake(const certs::IdentityPtr& identity) {
  downstream_began_ = Clock::now();
  record_.presented_mode = config::to_string(route_->settings.present);
  record_.presented_sha256 = identity->sha256();
  presented_ = identity;
  if (route_->presenter->needs_upstream_chain())
    record_.not_repeated = route_->presenter->not_repeated(presentation_request());
  if (upstream_.phase == Leg::Phase::open)
    deadline_.set(route_->settings.deadlines.handshake, Reason::downstream_handshake_timeout,
                  Side::downstream);

  tls::ServerParameters parameters;
  parameters.identity = identity;
  if (!record_.upstream.alpn.empty()) parameters.alpn = {record_.upstream.alpn};
  if (takes_old_client(route_->settings.legacy_tls, *hello_))
    set_legacy_versions(parameters, route_->settings.legacy_tls);
  if (!route_->settings.ask_client_cert) parameters.tickets = route_->tickets;
  parameters.ask_client_certificate = record_.client_certificates.asked_of_client =
      route_->settings.ask_client_cert && upstream_.session &&
      upstream_.session->agreed().certificate_requested;
  parameters.ticket_context = session_key();
  parameters.keylog = recording_.keylog_of(Side::downstream);
  parameters.gathering = gathering(downstream_);
  downstream_.session = tls::make_server_session(std::move(parameters));
  downstream_.phase = Leg::Phase::handshaking;
  downstream_.session->feed(early_bytes_);
  early_bytes_ = {};
  downstream_.stream.start_reading();
  step_handshake(downstream_);
}

// --- relay ------------------------------------------------------------------------------------------------

void Connection::relay_if_both_open() {
  if (downstream_.phase != Leg::Phase::open || upstream_.phase != Leg::Phase::open) return;
  if (!record_.verdict) return;
  begin_relay();
}

void Connection::begin_relay() {
  last_activity_ = uv_now(services_.loop);
  deadline_.set(route_->settings.deadlines.idle, Reason::idle_timeout, Side::mailtap);
  observe();
  forget_handshakes();
  relay_.emplace(downstream_, upstream_, services_.scratch, record_, observer_.get());
  if (services_.watcher != nullptr) {
    note_beginnings();
    services_.watcher->opened(record_);
  }
  relayed(relay_->start());
}

/// An idle connection keeps of its beginnings only what is asked for again.
void Connection::forget_handshakes() {
  if (hello_) {  // none came if TLS was never begun
    tls::ClientHello name_alone;
    name_alone.sni = std::move(hello_->sni);
    hello_ = std::move(name_alone);
  }
  if (recording_) return;  // the trace has the whole chain
  chain_.resize(std::min<std::size_t>(chain_.size(), observer_ ? 1 : 0));
  chain_.shrink_to_fit();
}

/// What is relayed will be read as the route's protocol, or as what was spoken before STARTTLS.
void Connection::observe() {
  if (route_->settings.protocol == config::Protocol::raw) return;
  inspect::LegCertificates certificates;
  if (presented_) certificates.presented = {presented_->chain()->raw.p, presented_->chain()->raw.len};
  if (!chain_.empty()) certificates.server = chain_.front();
  observer_ = std::make_unique<inspect::Observer>(inspect::Observed{route_->settings, *route_->pseudonyms,
                                                                    *route_->memory, *route_->log, record_,
                                                                    accepted_, certificates, spoken_});
}

void Connection::relayed(const Relay::MaybeEnding& ending) {
  if (ending) return finish(ending->reason, ending->side, ending->detail);
  // Once the server is through, only a client that forgets to close keeps the connection.
  constexpr std::chrono::seconds goodbye{30};
  if (relay_->awaits_only_goodbye() && deadline_.reason != Reason::closed)
    deadline_.set(goodbye, Reason::closed, Side::upstream);
}

// --- ending -----------------------------------------------------------------------------------------------

void Connection::stop(Reason reason, const std::string& detail) {
  say_farewell("shutting down");
  finish(reason, Side::mailtap, detail);
}

void Connection::finish(Reason reason, Side side, const std::string& detail) {
  if (finished_) return;
  finished_ = true;
  if (judging_) judging_->finish_now();
  record_.ending = parting_ ? *parting_ : inspect::Ending{reason, side, detail};
  record_.total = since(accepted_);
  learn_reaction();
  learn_client_certificates();
  if (observer_) observer_->on_closed(Clock::now());
  if (record_.starttls) inspect::add(*record_.starttls, record_.traffic);
  save_session();
  // A broken side is broken for the other too: an orderly FIN would be a lie.
  if (reason == Reason::reset && relay_)
    other(side == Side::downstream ? downstream_ : upstream_).stream.reset();
  downstream_.stream.close();
  upstream_.stream.close();
  deadline_.stop();
  for (auto* leg : {&downstream_, &upstream_})
    leg->record_own_end(reason == Reason::reset && side != leg->side);
  recording_.write(record_, chain_);
  route_->log->write(record_);
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
  record_.began = {after_accept(connect_began_), after_accept(upstream_began_),
                   after_accept(downstream_began_)};
}

/// An upstream session that may be resumed is kept for the next connection of this route and name. TLS 1.2
/// has it when the handshake is done, TLS 1.3 when a ticket has come.
void Connection::save_session() {
  if (!upstream_.session || upstream_.phase < Leg::Phase::open) return;
  auto saved = upstream_.session->take_saved_session();
  if (!saved) return;
  services_.sessions.put(route_->settings.id, session_key(), std::move(*saved));
}

/// What the client made of the certificate.
void Connection::learn_reaction() {
  if (!downstream_.session) return;
  // A client that refuses after its handshake and leaves at once has left its alert where nobody read it yet.
  const bool handshake_done = record_.downstream_handshake.count() >= 0;
  if (handshake_done && !relay_ && downstream_.session->backlog() > 0)
    downstream_.session->read(services_.scratch);
  const auto& agreed = downstream_.session->agreed();
  const auto& failure = downstream_.session->failure();
  const auto& ending = record_.ending;
  inspect::ReactionFacts facts;
  facts.shown = !agreed.version.empty() && !agreed.resumed;
  facts.handshake_done = handshake_done;
  facts.has_spoken = record_.bytes_to_upstream > 0;
  const auto first_to_leave = relay_ ? relay_->first_to_leave() : std::nullopt;
  facts.left = first_to_leave ? *first_to_leave == Side::downstream
                              : ending.side == Side::downstream &&
                                    (ending.reason == Reason::reset ||
                                     ending.reason == Reason::downstream_handshake_failed);
  if (failure.alert_from_peer) facts.alert = failure.alert;

  const inspect::Shown shown{record_.presented_mode, route_->settings.ca_cert,
                             record_.verdict && record_.verdict->acceptable()};
  auto& reaction = record_.reaction;
  reaction.kind = inspect::reaction_to(facts);
  reaction.alert = facts.alert;
  reaction.advice = inspect::advice_on(reaction.kind, facts.alert, shown);
}

void Connection::learn_client_certificates() {
  auto& certificates = record_.client_certificates;
  certificates.asked_by_server = upstream_.session && upstream_.session->agreed().certificate_requested;
  if (certificates.asked_by_server && route_->client_identity) {
    certificates.shown_sha256 = route_->client_identity->sha256();
    certificates.shown_subject = route_->client_subject;
  }
  if (certificates.asked_of_client && downstream_.session)
    certificates.of_client = certs::summaries_of(downstream_.session->peer_chain());
}

/// What a session may be resumed for: same route, same name sent, same client certificate.
std::string Connection::session_key() const {
  const auto& own = route_->client_identity;
  return route_->settings.id + '\n' + record_.upstream_configured + '\n' + hello_->sni + '\n' + name_ + '\n' +
         (own ? own->sha256() : "");
}

/// Tells a client that waits for our hello why there won't be one.
void Connection::refuse_downstream(int alert) {
  say_farewell("no connection to the mail server");
  if (!hello_ || parting_) return;
  if (downstream_.session) {
    downstream_.session->send_fatal_alert(alert);
    return downstream_.flush();
  }
  const auto record = tls::plaintext_alert(alert, hello_->is_legacy());
  if (recording_) recording_.capture()->bytes(Side::downstream, tls::Sender::server, record);
  downstream_.stream.send(record);
}

/// The same in plaintext, in the protocol's words.
void Connection::say_farewell(std::string_view why) {
  if (plaintext_) downstream_.stream.send(as_bytes(plaintext_->farewell(why)));
}

// --- deadlines --------------------------------------------------------------------------------------------

void Connection::deadline_passed() {
  if (deadline_.reason == Reason::idle_timeout)
    deadline_.move_to(last_activity_, route_->settings.deadlines.idle);
  if (deadline_.is_ahead()) return;
  if (deadline_.reason == Reason::hello_timeout && listens_) return client_is_silent();
  if (deadline_.reason == Reason::connect_timeout && connector_.deadline_passed()) return;
  if (plaintext_ && deadline_.reason == Reason::starttls_timeout) {
    if (!plaintext_->awaits_server()) deadline_.side = Side::downstream;
    say_farewell("that took too long");
  } else if (!relay_ && deadline_.side != Side::downstream)
    refuse_downstream(tls::alert::internal_error);
  finish(deadline_.reason, deadline_.side,
         deadline_.reason == Reason::closed ? "the client did not close" : "");
}

// --- events -----------------------------------------------------------------------------------------------

void Connection::on_data(net::TcpStream& stream, Bytes bytes) {
  auto& leg = leg_of(stream);
  last_activity_ = uv_now(services_.loop);
  leg.record(bytes);
  switch (leg.phase) {
    case Leg::Phase::plaintext: return in_plaintext(leg, bytes);
    case Leg::Phase::hello: return peek_hello(bytes);
    case Leg::Phase::waiting:
      // The client has sent its hello and can't go on without ours; read on only to notice that it leaves.
      if (early_bytes_.size() > tls::max_client_hello) return stream.stop_reading();
      early_bytes_.insert(early_bytes_.end(), bytes.begin(), bytes.end());
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

void Connection::on_end(net::TcpStream& stream) {
  auto& leg = leg_of(stream);
  leg.record_end();
  switch (leg.phase) {
    case Leg::Phase::plaintext: return ended_in_plaintext(leg);
    case Leg::Phase::hello:
      if (says_nothing(leg)) return finish(Reason::no_data, Side::downstream, {});
      return finish(Reason::downstream_handshake_failed, Side::downstream,
                    early_bytes_.empty() ? "the client left without a hello after STARTTLS"
                                         : "closed in the middle of its hello");
    case Leg::Phase::waiting:
      return finish(Reason::downstream_handshake_failed, Side::downstream,
                    "the client left before the server had answered");
    case Leg::Phase::handshaking: leg.session->feed_end(); return step_handshake(leg);
    case Leg::Phase::open: return leg.session->feed_end();
    case Leg::Phase::relaying: return relayed(relay_->on_end(leg));
  }
}

void Connection::on_broken(net::TcpStream& stream, int status) {
  auto& leg = leg_of(stream);
  leg.record_reset();
  if (relay_) {
    const auto ending = relay_->on_broken(leg, status);
    return finish(ending.reason, ending.side, ending.detail);
  }
  const bool unused = leg.side == Side::upstream && leg.phase == Leg::Phase::plaintext && !record_.starttls &&
                      opening_.begins != starttls::Begins::with_either;
  if (unused) return forget_upstream();
  if (leg.side == Side::upstream && leg.phase == Leg::Phase::handshaking) {
    auto failure = leg.session->failure();
    failure.detail = uv_strerror(status);
    if (ask_upstream_once_more(failure)) return;
    refuse_downstream(tls::alert::internal_error);
    return finish(Reason::reset, Side::upstream, versions_.detail(leg.session->agreed(), failure));
  }
  const bool silent = says_nothing(leg);
  if (leg.side == Side::upstream) refuse_downstream(tls::alert::internal_error);
  if (leg.side == Side::downstream && (leg.phase == Leg::Phase::handshaking || leg.phase == Leg::Phase::open))
    return downstream_left(Reason::reset, uv_strerror(status));
  finish(silent ? Reason::no_data : Reason::reset, leg.side, uv_strerror(status));
}

/// A client that leaves, or resets, without having said anything is a health check or a port scan.
bool Connection::says_nothing(const Leg& leg) const {
  if (leg.side != Side::downstream) return false;
  if (plaintext_) return !plaintext_->client_spoke();
  return leg.phase == Leg::Phase::hello && early_bytes_.empty() && !record_.starttls;
}

void Connection::on_flushed(net::TcpStream& stream) {
  last_activity_ = uv_now(services_.loop);
  if (relay_) relayed(relay_->on_flushed(leg_of(stream)));
}

void Connection::on_connected(net::TcpStream&, int status) {
  status == 0 ? upstream_connected() : connector_.address_failed(status);
}

}  // namespace mailtap::proxy
