#include "proxy/probe/survey_run.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tls/names.h"
#include "tls/numbers.h"

namespace mailtap::probe {

namespace {

/// What a client offers that can use a key of one kind alone (RFC 8446 section 4.2.3), and beside it what
/// certificates above may be signed with, which TLS 1.3 has for nothing else.
struct KeyKind {
  const char* name;
  std::array<std::uint16_t, 7> signature_algorithms;  // ending with 0
};

constexpr std::array key_kinds = [] {
  using namespace tls::signature;
  return std::array{
      KeyKind{"RSA",
              {rsa_pss_rsae_sha256, rsa_pss_rsae_sha384, rsa_pss_rsae_sha512, rsa_pkcs1_sha256,
               rsa_pkcs1_sha384, rsa_pkcs1_sha512}},
      KeyKind{"RSASSA-PSS",
              {rsa_pss_pss_sha256, rsa_pss_pss_sha384, rsa_pss_pss_sha512, rsa_pkcs1_sha256, rsa_pkcs1_sha384,
               rsa_pkcs1_sha512}},
      KeyKind{"ECDSA",
              {ecdsa_secp256r1_sha256, ecdsa_secp384r1_sha384, ecdsa_secp521r1_sha512, rsa_pkcs1_sha256,
               rsa_pkcs1_sha384, rsa_pkcs1_sha512}},
      KeyKind{"EdDSA", {ed25519, rsa_pkcs1_sha256, rsa_pkcs1_sha384, rsa_pkcs1_sha512}},
  };
}();

}  // namespace

SurveyRun::SurveyRun(const net::Network& network, ProbeRequest how, tls::survey::Scope scope, Turns& turns,
                     Done done)
    : network_(network),
      how_(std::move(how)),
      scope_(scope),
      turns_(turns),
      done_(std::move(done)),
      survey_(how_.sni, scope) {}

void SurveyRun::go_on() {
  if (findings_) return;
  while (auto asked = survey_.next()) ask(std::move(*asked));
  if (!survey_.is_done()) return;
  findings_ = survey_.findings();
  if (scope_ == tls::survey::Scope::versions) return done_(std::move(*findings_));
  shake_hands();
}

void SurveyRun::ask(tls::survey::Survey::Asked asked) {
  auto request = how_;
  request.question = std::move(asked.question);
  ask_server(std::move(request), [this, id = asked.id](const ProbeResult& result) {
    survey_.answer(id, result.answer);
    go_on();
  });
}

/// Twice with each version that sessions can be resumed with: to have one, and to go on with it.
void SurveyRun::shake_hands() {
  for (const auto version : {tls::version::tls12, tls::version::tls13}) {
    if (!findings_->speaks(version)) continue;
    auto request = how_;
    request.version = version;
    request.wants_ticket = true;
    ask_server(std::move(request),
               [this, version](ProbeResult result) { on_handshake(version, std::move(result)); });
  }
  if (findings_->speaks(tls::version::tls12)) {
    auto request = how_;
    request.version = tls::version::tls12;
    request.renegotiates = true;
    ask_server(std::move(request), [this](const ProbeResult& result) {
      if (result.renegotiated) findings_->client_renegotiation = tls::survey::known(*result.renegotiated);
      if (running_ == 0) done_(std::move(*findings_));
    });
  }
  if (running_ == 0) done_(std::move(*findings_));
}

void SurveyRun::on_handshake(std::uint16_t version, ProbeResult result) {
  auto& found = *findings_->find(version);
  const bool agreed = result.end == ProbeResult::End::agreed;
  if (version == tls::version::tls13) {
    findings_->note_certificate(result.chain, tls::version_name(version));
    ask_for_certificates();
  }
  if (result.ticket) found.ticket_lifetime = result.ticket->lifetime;
  if (agreed && version == tls::version::tls13)
    found.early_data = tls::survey::known(result.ticket && result.ticket->max_early_data > 0);
  if (agreed && !result.saved) found.resumes = tls::survey::Known::no;
  if (agreed && result.saved) {
    auto request = how_;
    request.version = version;
    request.resume = std::move(result.saved);
    ask_server(std::move(request), [this, version](const ProbeResult& second) {
      if (second.end == ProbeResult::End::agreed)
        findings_->find(version)->resumes = tls::survey::known(second.agreed.resumed);
      if (running_ == 0) done_(std::move(*findings_));
    });
  }
  if (running_ == 0) done_(std::move(*findings_));
}

/// TLS 1.3 encrypts them, so a handshake for each kind of key. What a usual one shows isn't noted again.
void SurveyRun::ask_for_certificates() {
  const auto usual = tls::version_name(tls::version::tls13);
  for (const auto& kind : key_kinds) {
    auto request = how_;
    request.version = tls::version::tls13;
    request.signature_algorithms = kind.signature_algorithms.data();
    ask_server(std::move(request), [this, when = usual + " " + kind.name, usual](const ProbeResult& result) {
      if (result.end == ProbeResult::End::agreed && !findings_->is_shown(result.chain, usual))
        findings_->note_certificate(result.chain, when);
      if (running_ == 0) done_(std::move(*findings_));
    });
  }
}

void SurveyRun::ask_server(ProbeRequest request, Probe::Done done) {
  ++running_;
  probes_.push_back(
      probe_in_turn(turns_, network_, std::move(request), [this, done = std::move(done)](ProbeResult result) {
        --running_;
        done(std::move(result));
      }));
}

}  // namespace mailtap::probe
