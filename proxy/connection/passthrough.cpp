#include "proxy/connection/passthrough.h"

#include <utility>

#include "certs/verify/verdict.h"
#include "proxy/connection/verification.h"
#include "proxy/ingress/ingress_result.h"
#include "proxy/route/admission.h"

namespace mailtap::passthrough {

using inspect::Reason;
using inspect::Side;
using inspect::since;
using proxy::goodbye;
using tls::Sender;

namespace {

/// What a side may be sent beyond what its kernel takes; more waits in the other's.
constexpr std::size_t max_queued = std::size_t{64} * 1024;

check::Starttls starttls_of(const std::optional<inspect::PlaintextStart>& start) {
  for (const auto protocol : {check::Starttls::smtp, check::Starttls::pop3, check::Starttls::imap})
    if (start && start->protocol == to_string(protocol)) return protocol;
  return check::Starttls::none;
}

}  // namespace

Passthrough::Passthrough(proxy::WorkerServices& services, proxy::RunningRoutePtr route, std::uint64_t id,
                         Owner& owner)
    : services_(services),
      route_(std::move(route)),
      owner_(owner),
      target_(route_->settings.upstream),
      recording_(route_),
      downstream_(services.loop, *this, services.read_buffer),
      upstream_(services.loop, *this, services.read_buffer),
      connector_(services, upstream_, *this),
      up_{downstream_, upstream_, Side::downstream, Sender::client, record_.bytes_to_upstream},
      down_{upstream_, downstream_, Side::upstream, Sender::server, record_.bytes_to_downstream},
      deadline_(services.loop, [this] { deadline_passed(); }) {
  record_.id = id;
  record_.route = route_->settings.id;
  record_.mode = config::Mode::observe;
  record_.upstream_configured = target_.to_string();
  record_.time = std::chrono::system_clock::now();
  accepted_ = Clock::now();
}

Passthrough::~Passthrough() {
  services_.probes.forget(this);
}

int Passthrough::accept(uv_stream_t* listener) {
  return downstream_.accept(listener);
}

void Passthrough::start() {
  client_ = downstream_.peer();
  record_.downstream.address = client_.to_string();
  auto refusal = proxy::admit_connection(*route_, places_);
  if (!refusal) refusal = proxy::admit_client(*route_, client_, places_);
  if (refusal) return finish(*refusal);
  destination_ = downstream_.local();
  begin();
  connect_upstream();
}

/// What has come already is looked at, and relayed, as if it came now.
void Passthrough::take_over(proxy::IngressResult ingress) {
  downstream_.take(ingress.downstream);
  client_ = ingress.client;
  destination_ = ingress.destination;
  target_ = std::move(ingress.target);
  places_ = std::move(ingress.places);
  record_ = std::move(ingress.record);
  record_.mode = config::Mode::observe;
  accepted_ = ingress.accepted;
  early_bytes_ = std::move(ingress.early_bytes);
  begin();
  if (ingress.upstream == nullptr) return connect_upstream();
  upstream_.take(*ingress.upstream);
  upstream_address_ = upstream_.peer();
  connector_.skip();
  connect_began_ = ingress.connect_began;
  upstream_connected();
}

void Passthrough::begin() {
  connector_.announce(route_->settings.insertion.send_proxy_protocol, client_, destination_);
  recording_.begin();
  recording_.opened(Side::downstream, client_, destination_);
  const auto opening = starttls::opening_of(route_->settings, target_.port);
  may_be_greeted_ = opening.begins != starttls::Begins::with_hello;
  sniffer_ = std::make_unique<HandshakeSniffer>(opening);
}

/// Either side may speak first. The client isn't read until there is somebody to relay to.
void Passthrough::connect_upstream() {
  connect_began_ = Clock::now();
  connector_.begin(target_, route_->settings.deadlines.connect);
}

// --- connect upstream -------------------------------------------------------------------------------------

void Passthrough::resolving(std::chrono::milliseconds within) {
  deadline_.set(within, Reason::connect_timeout, Side::upstream);
}

void Passthrough::connecting(const net::Address& address, std::chrono::milliseconds within) {
  upstream_address_ = address;
  record_.upstream.address = address.to_string();
  deadline_.set(within, Reason::connect_timeout, Side::upstream);
}

void Passthrough::not_connected(const inspect::Ending& why) {
  finish(why);
}

void Passthrough::upstream_connected() {
  connected_ = Clock::now();
  record_.connect = since(connect_began_);
  if (recording_) recording_.opened(Side::upstream, upstream_.local(), upstream_.peer());
  last_activity_ = uv_now(services_.loop);
  set_sniffing_deadline();
  upstream_.start_reading();
  downstream_.start_reading();
  if (!early_bytes_.empty()) on_data(downstream_, std::exchange(early_bytes_, {}));
}

// --- sniff ------------------------------------------------------------------------------------------------

void Passthrough::look_at(const Direction& direction, Bytes bytes) {
  if (sniffer_) {
    spoke_last_ = direction.sender;
    sniffer_->see(direction.sender, bytes, since(accepted_));
    is_tls_ = sniffer_->tls_begun();
  }
  // A trace has TLS alone: what is said in plaintext may hold passwords.
  if (recording_ && is_tls_)
    for (const auto leg : {Side::downstream, Side::upstream})
      recording_.capture()->bytes(leg, direction.sender, bytes);
  if (sniffer_) sniffed();
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
  name_ = proxy::configured_name(route_->settings, target_, sni);
  if (!facts.server_chain.empty()) {
    chain_ = facts.server_chain;
    return verify(chain_, inspect::VerdictSource::handshake);
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

void Passthrough::verify(const std::vector<Buffer>& chain, inspect::VerdictSource source) {
  const auto by = proxy::look_up(services_, *route_, name_, chain, record_);
  proxy::verify(services_, *route_, name_, chain, *by, source, record_);
}

void Passthrough::probe() {
  constexpr std::uint16_t tls12 = 0x0303;
  const auto& facts = sniffer_->facts();
  Probes::Question question;
  question.address = upstream_address_;
  question.proxy_protocol = route_->settings.insertion.send_proxy_protocol;
  question.starttls = starttls_of(sniffer_->starttls());
  if (!facts.client_hellos.empty()) question.sni = facts.client_hellos.front().sni;
  if (facts.server_hello()->version < tls12) question.version = facts.server_hello()->version;
  probing_ = Probing::under_way;
  services_.probes.ask(question, this, [this](const ProbedPtr& answer) { probed(answer); });
}

void Passthrough::probed(const ProbedPtr& answer) {
  if (life_ == Life::concluded) return;
  probing_ = Probing::done;
  if (!answer->chain.empty()) {
    chain_ = answer->chain;
    verify(chain_, inspect::VerdictSource::probe);
  } else {
    probe_problem_ = answer->problem;
  }
  if (life_ == Life::finished) return conclude();
  tell_that_it_is_open();
}

// --- relay ------------------------------------------------------------------------------------------------

void Passthrough::on_data(net::TcpStream& stream, Bytes bytes) {
  auto& direction = direction_from(stream);
  last_activity_ = uv_now(services_.loop);
  direction.bytes += bytes.size();
  direction.to.send(bytes);
  if (direction.to.queued() > max_queued) {
    direction.paused = true;
    direction.from.stop_reading();
  }
  if (sniffer_ || recording_) look_at(direction, bytes);
}

void Passthrough::on_flushed(net::TcpStream& stream) {
  last_activity_ = uv_now(services_.loop);
  auto& direction = direction_to(stream);
  if (direction.paused && !direction.ended) direction.from.start_reading();
  direction.paused = false;
  finish_if_over();
}

void Passthrough::on_end(net::TcpStream& stream) {
  relay_end(direction_from(stream));
}

/// Half-close: this side has said its last, and may still hear the other.
void Passthrough::relay_end(Direction& direction) {
  last_activity_ = uv_now(services_.loop);
  direction.ended = true;
  if (end_.first == Side::mailtap) end_.first = direction.side;
  if (auto* capture = recording_.capture()) {
    const bool from_client = direction.sender == Sender::client;
    const auto theirs = from_client ? Sender::client : Sender::server;
    capture->ended(Side::downstream, theirs);
    capture->ended(Side::upstream, theirs);
  }
  direction.to.send_end();
  if (&direction == &down_) deadline_.set(goodbye, Reason::closed, Side::upstream);
  finish_if_over();
}

void Passthrough::finish_if_over() {
  if (life_ != Life::going_on || !up_.ended || !down_.ended) return;
  if (downstream_.queued() > 0 || upstream_.queued() > 0) return;
  finish({Reason::closed, end_.first, {}});
}

/// A side that is broken is broken for the other too: an orderly FIN would be a lie.
void Passthrough::on_broken(net::TcpStream& stream, int status) {
  const auto& direction = direction_from(stream);
  // Who has said its last and is gone meets what is still sent to it with a reset.
  const bool had_ended = direction.ended;
  if (end_.first == Side::mailtap) end_.first = direction.side;
  if (auto* capture = recording_.capture()) {
    capture->was_reset(Side::downstream, direction.sender);
    capture->was_reset(Side::upstream, direction.sender);
  }
  direction.to.reset();
  end_.is_reset = !had_ended;
  end_.detail = uv_strerror(status);
  finish({had_ended ? Reason::closed : Reason::reset, had_ended ? end_.first : direction.side,
          had_ended ? std::string() : end_.detail});
}

void Passthrough::on_connected(net::TcpStream& /*stream*/, int status) {
  status == 0 ? upstream_connected() : connector_.address_failed(status);
}

// --- ending -----------------------------------------------------------------------------------------------

void Passthrough::stop(Reason reason, const std::string& detail) {
  if (life_ == Life::going_on) finish({reason, Side::mailtap, detail});
  if (life_ == Life::finished) conclude();
}

/// The streams are done. What is still being found out about the certificate is waited for, which holds up
/// nobody: a probe has its own time limit.
void Passthrough::finish(const inspect::Ending& ending) {
  if (life_ != Life::going_on) return;
  life_ = Life::finished;
  record_.total = since(accepted_);
  record_.ending = ending;
  end_.client_spoke = record_.bytes_to_upstream > 0;
  if (sniffer_) {
    describe(*sniffer_, record_);
    reaction_ = reaction_facts(*sniffer_, end_);
    if (ending.reason == Reason::closed || ending.reason == Reason::reset)
      record_.ending = ending_of(*sniffer_, end_);
    sniffer_.reset();
  }
  reaction_.left = end_.first == Side::downstream;
  downstream_.close();
  upstream_.close();
  deadline_.stop();
  places_.clear();
  if (probing_ != Probing::under_way) conclude();
}

void Passthrough::conclude() {
  life_ = Life::concluded;
  services_.probes.forget(this);
  if (!record_.verdict && probing_ != Probing::no && record_.undecoded.empty())
    record_.undecoded =
        "the certificate is encrypted on the wire, and mailtap's own connection didn't get it: " +
        (probe_problem_.empty() ? std::string("it was stopped") : probe_problem_);
  record_.reaction = inspect::reaction_of(
      reaction_, {"observe", {}, record_.verdict != nullptr && record_.verdict->acceptable()});
  if (record_.starttls) inspect::add(*record_.starttls, record_.traffic);
  recording_.write(record_, chain_);
  route_->log->write(record_);
  services_.alerts.ended(record_);
  if (services_.watcher != nullptr) {
    note_beginnings();
    services_.watcher->ended(std::move(record_));
  }
  owner_.on_finished(*this);
}

/// The one handshake is told as the client's.
void Passthrough::note_beginnings() {
  const auto after_accept = [&](Clock::time_point began) {
    return began == Clock::time_point{}
               ? inspect::Microseconds{-1}
               : std::chrono::duration_cast<inspect::Microseconds>(began - accepted_);
  };
  record_.began.connect = after_accept(connect_began_);
  record_.began.downstream_handshake = after_accept(tls_began_);
}

// --- deadlines --------------------------------------------------------------------------------------------

/// What is understood has the deadlines that it would have if TLS were ended here; what isn't, may go on
/// until it is silent.
void Passthrough::set_sniffing_deadline() {
  const auto& deadlines = route_->settings.deadlines;
  const bool handshake_over = !sniffer_ || sniffer_->facts().finished;
  if (down_.ended) return;
  if (handshake_over) return deadline_.set(deadlines.idle, Reason::idle_timeout, Side::mailtap);
  switch (stage_) {
    case HandshakeSniffer::Stage::silent:
      return deadline_.set(may_be_greeted_ ? deadlines.starttls : deadlines.hello, Reason::hello_timeout,
                           Side::downstream);
    case HandshakeSniffer::Stage::plaintext:
      return deadline_.set(deadlines.starttls, Reason::starttls_timeout, Side::upstream);
    case HandshakeSniffer::Stage::tls:
      return deadline_.set(deadlines.handshake, Reason::downstream_handshake_timeout, Side::downstream);
    case HandshakeSniffer::Stage::login:
    case HandshakeSniffer::Stage::over:
      return deadline_.set(deadlines.idle, Reason::idle_timeout, Side::mailtap);
  }
}

void Passthrough::deadline_passed() {
  if (deadline_.reason == Reason::idle_timeout)
    deadline_.move_to(last_activity_, route_->settings.deadlines.idle);
  if (deadline_.reason == Reason::closed) deadline_.move_to(last_activity_, goodbye);
  if (deadline_.is_ahead()) return;
  if (deadline_.reason == Reason::connect_timeout && connector_.deadline_passed()) return;
  // Who spoke last waits for the other.
  const bool awaits_server = spoke_last_ == Sender::client && up_.bytes > 0;
  if (deadline_.reason == Reason::downstream_handshake_timeout && awaits_server) {
    deadline_.reason = Reason::upstream_handshake_timeout;
    deadline_.side = Side::upstream;
  }
  if (deadline_.reason == Reason::starttls_timeout && !awaits_server && down_.bytes > 0)
    deadline_.side = Side::downstream;
  finish({deadline_.reason, deadline_.side,
          deadline_.reason == Reason::closed ? "the client did not close" : ""});
}

}  // namespace mailtap::passthrough
