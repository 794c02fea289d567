// `mailtap check --intolerance`: tries out which client hellos a server, or a box before it, doesn't stand
// (tls/survey/intolerance.h).
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "proxy/check/check.h"
#include "proxy/net/network.h"
#include "proxy/net/timer.h"
#include "proxy/probe/probe.h"
#include "tls/survey/intolerance.h"

namespace mailtap::check {

class IntoleranceCheck {
 public:
  using Done = std::function<void(tls::survey::Tolerance tolerance)>;

  /// As SurveyRun's.
  IntoleranceCheck(const net::Network& network, probe::ProbeRequest how, Pace pace, Done done);

  void start() { go_on(); }

 private:
  void go_on();
  void ask(tls::survey::Intolerance::Asked asked);

  const net::Network& network_;
  const probe::ProbeRequest how_;
  const Pace pace_;
  const Done done_;
  tls::survey::Intolerance trials_;
  // Those that have ended too: their callbacks may be on the stack.
  std::vector<std::unique_ptr<probe::Probe>> probes_;
  std::size_t running_ = 0;
  net::Timer pause_;  // active: the next one has to wait
};

}  // namespace mailtap::check
