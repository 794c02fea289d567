#include "proxy/connection/upstream_hello.h"

#include <algorithm>
#include <array>
#include <utility>

#include "inspect/record.h"
#include "proxy/connection/old_peers.h"
#include "tls/alert.h"
#include "tls/ja4.h"
#include "tls/offer/offer.h"

namespace mailtap::proxy {

using Fit = HelloMemory::Fit;

namespace {

/// What a session begins with, unencrypted. Empty: it can't be made.
Buffer hello_of(tls::ClientParameters parameters) {
  parameters.keylog = nullptr;
  parameters.batching = {};
  parameters.resume.reset();
  const auto session = tls::make_client_session(std::move(parameters));
  session->handshake();
  const auto sent = session->outgoing();
  return {sent.begin(), sent.end()};
}

/// At something in the hello: not by an alert that says that nothing of it is to its liking.
bool may_have_stumbled(const tls::Agreed& agreed, const tls::Failure& failure) {
  if (agreed.version != tls::version::none) return false;
  if (!failure.alert_from_peer) return !failure.alert;  // it hung up
  using namespace tls::alert;
  constexpr std::array of_offers{handshake_failure, protocol_version, insufficient_security,
                                 unrecognized_name, no_application_protocol};
  return std::find(of_offers.begin(), of_offers.end(), *failure.alert) == of_offers.end();
}

}  // namespace

void UpstreamHello::choose(const tls::ClientHello& hello, const std::string& server, bool is_old_engine,
                           bool repeatable, Time now) {
  const bool is_first = form_ == nullptr;
  repeatable_ = repeatable;
  is_old_engine_ = is_old_engine;
  if (is_first) {
    server_ = server;
    key_ = tls::offer::key_of(hello);
    known_ = memory_.fit(server_, own_key(), now);
  }
  const bool is_refused = asked_twice_ || known_.fit == Fit::refused;
  const auto own = [&](std::string_view why) {
    why_own_ = why;
    form_ = form_of(hello, is_refused ? Offer::own_after_refusal : Offer::own, is_old_engine);
  };
  mirrored_form_ = nullptr;
  if (is_old_engine && wanted_ != config::UpstreamHello::own) return own("old-server");
  if (known_.fit == Fit::refused) refusal_ = known_.refusal;
  if (wanted_ == config::UpstreamHello::own) return own("configured");
  auto form = form_of(hello, Offer::clients, is_old_engine);
  if (!form->mirrored) return own("nothing-in-common");
  mirrored_form_ = form;
  if (is_refused) return own("refused");
  if (!repeatable && known_.fit == Fit::unknown && form->is_narrower) return own("not-known-yet");
  why_own_ = {};
  form_ = std::move(form);
}

std::string UpstreamHello::own_key() const {
  auto key = key_;
  if (keeps_signatures_) key += 'c';
  if (old_suites_) key += 't';
  return key;
}

HelloFormPtr UpstreamHello::form_of(const tls::ClientHello& hello, Offer offer, bool is_old_engine) const {
  constexpr std::string_view letters = "mor";
  auto key = own_key();
  if (is_old_engine) key += 'l';
  key += letters[static_cast<std::size_t>(offer)];
  return memory_.form(hello, key, offer, old_suites_);
}

/// mbedTLS 2.28 asks for nothing.
bool UpstreamHello::asks_for_more() const {
  return form_->client_asks_for_less && form_->offer != Offer::own_after_refusal && !is_old_engine_;
}

void UpstreamHello::put_into(tls::ClientParameters& parameters) const {
  parameters.old_suites = old_suites_;
  parameters.asks_for_staple = form_->asks_for_staple;
  parameters.asks_for_timestamps = form_->asks_for_timestamps;
  if (!form_->mirrored) return;
  const auto& mirrored = *form_->mirrored;
  parameters.min_version = tls::Version{mirrored.oldest};
  parameters.max_version = tls::Version{mirrored.newest};
  auto& only = parameters.only;
  if (!form_->cipher_suites.empty()) only.cipher_suites = form_->cipher_suites.data();
  if (!form_->groups.empty()) only.groups = form_->groups.data();
  if (!form_->signature_algorithms.empty() && !keeps_signatures_)
    only.signature_algorithms = form_->signature_algorithms.data();
  only.without_tickets = !mirrored.offers_tickets;
  only.without_tls13_resumption = !mirrored.resumes_tls13;
  only.without_groups = !mirrored.lists_groups;
  parameters.is_fallback = mirrored.is_fallback;
  parameters.keeps = form_;
}

void UpstreamHello::describe(const tls::ClientParameters& parameters, const tls::ClientHello& hello,
                             inspect::ConnectionRecord& record) const {
  if (!form_->differences) {
    auto differences = std::make_shared<inspect::Differences>();
    const auto sent = hello_of(parameters);
    if (auto parsed = tls::parse_client_hello(sent); parsed && *parsed) {
      *differences = inspect::differences_of(hello, **parsed);
      form_->ja4 = tls::ja4(**parsed);
      (*parsed)->extensions.push_back(tls::extension::pre_shared_key);
      form_->ja4_with_psk = tls::ja4(**parsed);
    }
    form_->differences = std::move(differences);
  }
  const bool offers_psk = parameters.resume && parameters.resume->single_use;  // TLS 1.3
  record.upstream_ja4 = offers_psk ? form_->ja4_with_psk : form_->ja4;
  record.hello_differences = form_->differences;
  record.own_hello = why_own_;
}

bool UpstreamHello::refuses_fallback(const tls::Failure& failure) const {
  return failure.alert_from_peer && failure.alert == tls::alert::inappropriate_fallback && is_mirrored() &&
         form_->mirrored->is_fallback;
}

std::string UpstreamHello::refused_version(const tls::Failure& failure) const {
  if (!failure.alert_from_peer || failure.alert != tls::alert::protocol_version || !is_mirrored()) return {};
  if (form_->mirrored->newest < tls::version::tls13)
    return "; it has no " + spoken_version(form_->mirrored->newest) + ", and the client nothing newer";
  if (form_->mirrored->oldest > tls::version::tls12)
    return "; it has no TLS 1.3, and the client nothing older";
  return {};
}

std::string UpstreamHello::missed(const tls::Agreed& agreed, const tls::Failure& failure) const {
  const bool says_so = sign_of_old_server(agreed, failure) == OldServerSign::hung_up ||
                       (agreed.version == tls::version::none && failure.alert_from_peer &&
                        failure.alert == tls::alert::insufficient_security);
  return says_so ? form_->beyond : std::string();
}

bool UpstreamHello::ask_with_own(const tls::Agreed& agreed, const tls::Failure& failure, bool resumed,
                                 bool has_chain) {
  const bool is_refused_here = failure.alert && !failure.alert_from_peer;
  const bool is_conclusive = refuses_fallback(failure) || agreed.certificate_in_question ||
                             (has_chain && !is_refused_here) ||
                             (agreed.version != tls::version::none && agreed.version <= tls::newest_legacy);
  const bool is_by_session = resumed && refused_version(failure).empty();
  const bool is_other =
      (is_mirrored() && form_->is_narrower) || (asks_for_more() && may_have_stumbled(agreed, failure));
  if (!is_other || is_by_session || is_conclusive) return false;
  if (known_.fit == Fit::hopeless || std::exchange(asked_twice_, true)) return false;
  refusal_ = failure.detail;
  return true;
}

void UpstreamHello::has_failed(const tls::Agreed& agreed, const tls::Failure& failure, Time now) {
  if (asked_twice_) return memory_.remember(server_, own_key(), {Fit::hopeless, refusal_}, now);
  const bool may_be_offer = is_mirrored() && form_->is_narrower;
  const bool may_be_questions = asks_for_more() && may_have_stumbled(agreed, failure);
  // It couldn't be asked anew: the next one is spared.
  if (!repeatable_ && (may_be_offer || may_be_questions) && !(is_mirrored() && form_->mirrored->is_fallback))
    memory_.remember(server_, own_key(), {Fit::refused, failure.detail}, now);
}

void UpstreamHello::has_worked(Time now) {
  if (asked_twice_ && !is_mirrored())
    return memory_.remember(server_, own_key(), {Fit::refused, refusal_}, now);
  // What it chose of mailtap's own tells nothing of which certificates and groups it has for the client's.
  if (known_.fit == Fit::unknown && is_mirrored()) fits(now);
}

/// Only what the server takes of mailtap's part of the offer counts.
void UpstreamHello::learn(const tls::offer::Answer& answer, Time now) {
  const bool is_of_use = known_.fit == Fit::unknown && mirrored_form_ && !key_.empty();
  if (!is_of_use || !answer.flight.has_hello) return;
  const auto& flight = answer.flight;
  if (tls::offer::would_allow(*mirrored_form_->mirrored, flight.version, flight.suite, flight.group))
    fits(now);
}

void UpstreamHello::fits(Time now) {
  known_.fit = Fit::fits;
  memory_.remember(server_, own_key(), known_, now);
}

void UpstreamHello::forget_offer() {
  std::string().swap(key_);
  std::string().swap(server_);
}

}  // namespace mailtap::proxy
