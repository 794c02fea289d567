// `mailtap check --intolerance`: tries out which client hellos a server, or a box before it, doesn't stand
// (tls/survey/intolerance.h).
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "proxy/net/network.h"
#include "proxy/probe/probe.h"
#include "proxy/probe/turns.h"
#include "tls/survey/intolerance.h"

namespace mailtap::check {

class IntoleranceCheck {
 public:
  using Done = std::function<void(tls::survey::Tolerance tolerance)>;

  /// As SurveyRun's.
  IntoleranceCheck(const net::Network& network, probe::ProbeRequest how, probe::Turns& turns, Done done);

  void start() { go_on(); }

 private:
  void go_on();
  void ask(tls::survey::Intolerance::Asked asked);

  const net::Network& network_;
  const probe::ProbeRequest how_;
  probe::Turns& turns_;
  const Done done_;
  tls::survey::Intolerance trials_;
  // Those that have ended too: their callbacks may be on the stack.
  std::vector<std::unique_ptr<probe::Probe>> probes_;
};

}  // namespace mailtap::check
