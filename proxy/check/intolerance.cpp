#include "proxy/check/intolerance.h"

#include <utility>

namespace mailtap::check {

IntoleranceCheck::IntoleranceCheck(const net::Network& network, probe::ProbeRequest how, Pace pace, Done done)
    : network_(network),
      how_(std::move(how)),
      pace_(pace),
      done_(std::move(done)),
      trials_(how_.sni),
      pause_(network.loop, [this] { go_on(); }) {}

void IntoleranceCheck::go_on() {
  while (running_ < pace_.at_once && !pause_.active()) {
    auto asked = trials_.next();
    if (!asked) break;
    ask(std::move(*asked));
    if (pace_.delay.count() > 0) pause_.start(pace_.delay);
  }
  if (!trials_.is_done()) return;
  pause_.stop();
  done_(trials_.tolerance());
}

void IntoleranceCheck::ask(tls::survey::Intolerance::Asked asked) {
  auto request = how_;
  request.question = std::move(asked.question);
  ++running_;
  probes_.push_back(std::make_unique<probe::Probe>(network_, std::move(request),
                                                   [this, id = asked.id](const probe::ProbeResult& result) {
                                                     --running_;
                                                     trials_.answer(id, result.answer);
                                                     go_on();
                                                   }));
  probes_.back()->start();
}

}  // namespace mailtap::check
