#include "proxy/connection/downstream.h"

#include "certs/advice/client_certificate.h"
#include "certs/model/certificate.h"
#include "certs/model/identity.h"
#include "certs/verify/verdict.h"
#include "inspect/record.h"
#include "proxy/connection/client_terms.h"
#include "proxy/connection/old_peers.h"
#include "tls/alert.h"
#include "tls/ja4.h"
#include "tls/sessions/sessions.h"

namespace mailtap::proxy {

using inspect::Reason;
using inspect::Side;

namespace {

bool says_nothing_in_common(int alert) {
  switch (alert) {
    case tls::alert::handshake_failure:
    case tls::alert::insufficient_security: return true;
    default: return false;
  }
}

}  // namespace

Downstream::Downstream(Context& context, Deadline& deadline, const Upstream& upstream, Delegate& delegate)
    : services_(context.services),
      route_(context.route),
      record_(context.record),
      recording_(context.recording),
      deadline_(deadline),
      upstream_(upstream),
      delegate_(delegate),
      leg_(Side::downstream) {
  leg_.expect_hello();
}

// --- hello ------------------------------------------------------------------------------------------------

tl::expected<bool, tls::HelloError> Downstream::peek(Bytes bytes) {
  early_bytes_.insert(early_bytes_.end(), bytes.begin(), bytes.end());
  if (!hello_progress_.is_worth_parsing(early_bytes_)) return false;
  auto hello = tls::parse_client_hello(early_bytes_);
  if (!hello) return tl::unexpected(hello.error());
  if (!*hello) return false;
  hello_ = std::move(**hello);
  hello_known();
  return true;
}

void Downstream::take_hello(tls::ClientHello hello, Buffer bytes) {
  leg_.record(bytes);
  early_bytes_ = std::move(bytes);
  hello_ = std::move(hello);
  hello_known();
}

bool Downstream::keep(Bytes bytes) {
  if (early_bytes_.size() > tls::max_client_hello_stream) return false;
  early_bytes_.insert(early_bytes_.end(), bytes.begin(), bytes.end());
  return true;
}

void Downstream::hello_known() {
  leg_.wait();
  record_.downstream.name = hello_->sni;
  record_.ja4 = tls::ja4(*hello_);
}

std::optional<std::string> Downstream::version_problem() const {
  const auto& allowed = route_->settings.legacy_tls;
  if (!hello_->is_legacy() || takes_old_client(allowed, *hello_)) return std::nullopt;
  return refusal_of_old_client(*hello_);
}

// --- present ----------------------------------------------------------------------------------------------

void Downstream::present_early() {
  if (!may_present_early(*route_, *hello_)) return;
  if (const auto identity = route_->presenter->present_at_once(request())) begin_handshake(identity);
}

void Downstream::present() {
  auto asked_for = request();
  if (const auto identity = route_->presenter->present_at_once(asked_for)) return begin_handshake(identity);

  deadline_.set(route_->settings.deadlines.handshake, Deadline::Awaited::presentation);
  presenting_.emplace(services_.background, route_, std::move(asked_for), [this](const auto& identity) {
    presenting_.reset();
    identity ? begin_handshake(*identity) : delegate_.nothing_to_present(identity.error().message);
  });
}

certs::PresentationRequest Downstream::request() const {
  certs::PresentationRequest request;
  request.sni = hello_->sni;
  request.name = upstream_.name();
  request.upstream_chain = upstream_.chain();
  request.upstream_trusted = record_.verdict && record_.verdict->trusted();
  const auto newest = newest_version();
  request.client_verifies_ecdsa = verifies_ecdsa(*hello_, newest);
  request.client_lacks_ecdsa = lacks_ecdsa(*hello_, newest);
  request.client_lacks_rsa = lacks_rsa(*hello_, newest);
  request.signature_algorithms = hello_->signature_algorithms;
  if (!hello_->is_legacy() && newest == tls::version::tls12) request.curves = hello_->groups;
  request.client_has_ecdsa_suite = !hello_->is_legacy() && has_suite_for_ecdsa(*hello_, newest);
  request.client_has_rsa_suite = !hello_->is_legacy() && has_suite_for_rsa(*hello_, newest);
  return request;
}

/// A server that refused what the client offers has chosen nothing of it.
std::uint16_t Downstream::newest_version() const {
  return record_.bridged.empty() ? proxy::newest_version(*hello_, record_.upstream)
                                 : hello_->highest_version();
}

// --- handshake --------------------------------------------------------------------------------------------

void Downstream::begin_handshake(const certs::IdentityPtr& identity) {
  const auto& settings = route_->settings;
  handshake_began_ = Clock::now();
  record_.presented_mode = settings.present;
  record_.presented_sha256 = identity->sha256();
  presented_ = identity;
  if (route_->presenter->needs_upstream_chain())
    record_.not_repeated = route_->presenter->not_repeated(request());
  const auto& server = upstream_.leg();
  if (server.is<Leg::Open>()) expect_handshake();

  tls::ServerParameters parameters;
  parameters.identity = identity;
  if (!record_.upstream.alpn.empty()) parameters.alpn = {record_.upstream.alpn};
  if (takes_old_client(settings.legacy_tls, *hello_))
    set_legacy_versions(parameters, settings.legacy_tls);
  else if (is_held_to_tls12(*hello_, newest_version(), *identity))
    parameters.max_version = tls::Version::tls12;
  parameters.old_suites = settings.legacy_tls.downstream;
  // It has been found to be right, and so to have nothing newer to say.
  parameters.has_nothing_newer = hello_->is_fallback();
  parameters.preferred_suite = preferred_suite(*hello_, record_.upstream);
  if (!settings.ask_client_cert) parameters.tickets = route_->tickets;
  parameters.ask_client_certificate = record_.client_certificates.asked_of_client =
      settings.ask_client_cert && server.session() != nullptr &&
      server.session()->agreed().certificate_requested;
  parameters.ticket_context = upstream_.session_key();
  parameters.keylog = recording_.keylog_of(Side::downstream);
  if (services_.batcher != nullptr)
    parameters.batching = {services_.batcher, [this] { step_handshake(); }};  // as if bytes had come
  leg_.begin_handshake(tls::make_server_session(std::move(parameters)));
  leg_.session()->feed(early_bytes_);
  release(early_bytes_);
  leg_.stream->start_reading();
  step_handshake();
}

void Downstream::expect_handshake() {
  deadline_.set(route_->settings.deadlines.handshake, Deadline::Awaited::downstream_handshake);
}

void Downstream::step_handshake() {
  if (is_stopped_ || !leg_.is<Leg::Handshaking>()) return;
  switch (leg_.step_handshake()) {
    case net::Handshake::under_way: return;
    case net::Handshake::done: return handshake_done();
    case net::Handshake::failed:
      leg_.write_down(record_.downstream);
      return delegate_.downstream_left(
          {Reason::downstream_handshake_failed, Side::downstream, failure_detail()}, Departure::left);
  }
}

std::string Downstream::failure_detail() const {
  const auto& failure = leg_.session()->failure();
  if (failure.alert_from_peer || !says_nothing_in_common(failure.alert.value_or(tls::alert::close_notify)))
    return failure.detail;
  const auto missing = nothing_in_common(*hello_, *presented_, route_->settings.legacy_tls.downstream);
  return failure.detail + (missing.empty() ? "" : "; ") + missing;
}

void Downstream::handshake_done() {
  leg_.open();
  record_.downstream_handshake = inspect::since(handshake_began_);
  leg_.write_down(record_.downstream);
  delegate_.downstream_open();
}

void Downstream::ask_for_certificate() {
  auto& is_asked = record_.client_certificates.asked_of_client;
  const auto* server = upstream_.leg().session();
  if (!route_->settings.ask_client_cert || is_asked || asked_in_vain_ || server == nullptr ||
      !server->agreed().certificate_requested)
    return;
  is_asked = leg_.session()->ask_for_certificate();
  asked_in_vain_ = !is_asked;
  leg_.flush();
}

void Downstream::refuse(int alert) {
  if (!hello_) return;
  if (leg_.session() != nullptr) {
    leg_.session()->send_fatal_alert(alert);
    return leg_.flush();
  }
  send_plaintext_alert(alert, hello_->is_legacy());
}

void Downstream::refuse_beginnings(int alert) {
  send_plaintext_alert(alert, false);
}

void Downstream::send_plaintext_alert(int alert, bool is_legacy) {
  const auto record = tls::plaintext_alert(alert, is_legacy);
  if (recording_) recording_.capture()->bytes(Side::downstream, leg_.ours(), record);
  leg_.stream->send(record);
}

/// Of the beginnings only what is asked for again.
void Downstream::forget_hello() {
  if (!hello_) return;  // none came if TLS was never begun
  tls::ClientHello name_alone;
  name_alone.sni = std::move(hello_->sni);
  hello_ = std::move(name_alone);
}

// --- the end ----------------------------------------------------------------------------------------------

void Downstream::stop_working() {
  is_stopped_ = true;
  presenting_.reset();
}

void Downstream::note_reaction(bool relayed, bool left) {
  if (leg_.session() == nullptr) return;
  // A client that refuses after its handshake and leaves at once has left its alert where nobody read it yet.
  const bool handshake_done = record_.downstream_handshake.count() >= 0;
  if (handshake_done && !relayed && leg_.session()->backlog() > 0) leg_.session()->read(services_.scratch);
  const auto& agreed = leg_.session()->agreed();
  const auto& failure = leg_.session()->failure();
  inspect::ReactionFacts facts;
  facts.shown = agreed.version != tls::version::none && !agreed.resumed;
  facts.handshake_done = handshake_done;
  facts.has_spoken = record_.bytes_to_upstream > 0;
  facts.left = left;
  if (failure.alert_from_peer) facts.alert = failure.alert;
  record_.reaction = inspect::reaction_of(facts, {record_.presented_mode, route_->settings.ca_cert,
                                                  record_.verdict && record_.verdict->acceptable()});
}

void Downstream::note_client_certificates() const {
  auto& certificates = record_.client_certificates;
  const auto* server = upstream_.leg().session();
  certificates.asked_by_server = server != nullptr && server->agreed().certificate_requested;
  if (certificates.asked_by_server) certificates.wanted_keys = server->agreed().wanted_keys;
  if (certificates.asked_by_server && server->agreed().certificate_shown && route_->client_identity) {
    certificates.shown_sha256 = route_->client_identity->sha256();
    certificates.shown_subject = route_->client_subject;
  }
  if (certificates.asked_of_client && leg_.session() != nullptr)
    certificates.of_client = certs::summaries_of(leg_.session()->peer_chain());
  if (certificates.of_client.empty()) return;
  if (const auto leaf = certs::parse_certificate(leg_.session()->peer_chain().front()))
    certificates.lints = certs::client_certificate_lints(**leaf, route_->language);
}

}  // namespace mailtap::proxy
