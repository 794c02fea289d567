#include "proxy/check/protocols.h"

#include <utility>

#include "tls/names.h"
#include "tls/numbers.h"

namespace mailtap::check {

ProtocolCheck::ProtocolCheck(const net::Network& network, probe::ProbeRequest how, tls::survey::Scope scope,
                             Pace pace, Done done)
    : network_(network),
      how_(std::move(how)),
      scope_(scope),
      pace_(pace),
      done_(std::move(done)),
      survey_(how_.sni, scope),
      pause_(network.loop, [this] { go_on(); }) {}

void ProtocolCheck::go_on() {
  if (findings_) return;
  while (running_ < pace_.at_once && !pause_.active()) {
    auto asked = survey_.next();
    if (!asked) break;
    ask(std::move(*asked));
    if (pace_.delay.count() > 0) pause_.start(pace_.delay);
  }
  if (!survey_.is_done()) return;
  pause_.stop();
  findings_ = survey_.findings();
  if (scope_ == tls::survey::Scope::versions) return done_(std::move(*findings_));
  shake_hands();
}

void ProtocolCheck::ask(tls::survey::Survey::Asked asked) {
  auto request = how_;
  request.question = std::move(asked.question);
  probe(std::move(request), [this, id = asked.id](const probe::ProbeResult& result) {
    survey_.answer(id, result.answer);
    go_on();
  });
}

/// Twice with each version that sessions can be resumed with: to have one, and to go on with it.
void ProtocolCheck::shake_hands() {
  for (const auto version : {tls::version::tls12, tls::version::tls13}) {
    if (!findings_->speaks(version)) continue;
    auto request = how_;
    request.version = version;
    request.wants_ticket = true;
    probe(std::move(request),
          [this, version](probe::ProbeResult result) { on_handshake(version, std::move(result)); });
  }
  if (findings_->speaks(tls::version::tls12)) {
    auto request = how_;
    request.version = tls::version::tls12;
    request.renegotiates = true;
    probe(std::move(request), [this](const probe::ProbeResult& result) {
      if (result.renegotiated) findings_->client_renegotiation = tls::survey::known(*result.renegotiated);
      if (running_ == 0) done_(std::move(*findings_));
    });
  }
  if (running_ == 0) done_(std::move(*findings_));
}

void ProtocolCheck::on_handshake(std::uint16_t version, probe::ProbeResult result) {
  auto& found = *findings_->find(version);
  const bool agreed = result.end == probe::ProbeResult::End::agreed;
  if (version == tls::version::tls13) findings_->note_certificate(result.chain, tls::version_name(version));
  if (result.ticket) found.ticket_lifetime = result.ticket->lifetime;
  if (agreed && version == tls::version::tls13)
    found.early_data = tls::survey::known(result.ticket && result.ticket->max_early_data > 0);
  if (agreed && !result.saved) found.resumes = tls::survey::Known::no;
  if (agreed && result.saved) {
    auto request = how_;
    request.version = version;
    request.resume = std::move(result.saved);
    probe(std::move(request), [this, version](const probe::ProbeResult& second) {
      if (second.end == probe::ProbeResult::End::agreed)
        findings_->find(version)->resumes = tls::survey::known(second.agreed.resumed);
      if (running_ == 0) done_(std::move(*findings_));
    });
  }
  if (running_ == 0) done_(std::move(*findings_));
}

void ProtocolCheck::probe(probe::ProbeRequest request, probe::Probe::Done done) {
  ++running_;
  probes_.push_back(std::make_unique<probe::Probe>(network_, std::move(request),
                                                   [this, done = std::move(done)](probe::ProbeResult result) {
                                                     --running_;
                                                     done(std::move(result));
                                                   }));
  probes_.back()->start();
}

}  // namespace mailtap::check
