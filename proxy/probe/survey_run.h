// Asks a server what a survey (tls/survey) wants to know of it: which versions it speaks, or everything of
// its TLS; then a few handshakes are finished to see whether it resumes them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "proxy/net/network.h"
#include "proxy/probe/probe.h"
#include "proxy/probe/turns.h"
#include "tls/survey/survey.h"

namespace mailtap::probe {

class SurveyRun {
 public:
  using Done = std::function<void(tls::survey::Findings findings)>;

  /// `how`: where to, by which STARTTLS, with which SNI and time-out each question is asked. `turns` are the
  /// server's, and outlive this. `done` is called later, never from within start(); it must not destroy this.
  SurveyRun(const net::Network& network, ProbeRequest how, tls::survey::Scope scope, Turns& turns, Done done);

  void start() { go_on(); }
  /// How many questions it has had so far, those that wait for their turn among them.
  std::size_t questions() const { return probes_.size(); }

 private:
  void go_on();
  void ask(tls::survey::Survey::Asked asked);
  void shake_hands();
  void ask_for_certificates();
  void on_handshake(std::uint16_t version, ProbeResult result);
  void ask_server(ProbeRequest request, Probe::Done done);

  const net::Network& network_;
  const ProbeRequest how_;
  const tls::survey::Scope scope_;
  Turns& turns_;
  const Done done_;
  tls::survey::Survey survey_;
  std::optional<tls::survey::Findings> findings_;  // once the survey is done
  std::vector<std::unique_ptr<Probe>>
      probes_;               // those that have ended too: their callbacks may be on the stack
  std::size_t running_ = 0;  // waiting for their turn, or for an answer
};

}  // namespace mailtap::probe
