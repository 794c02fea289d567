#include "proxy/check/protocols.h"

#include <utility>

namespace mailtap::check {

ProtocolCheck::ProtocolCheck(const net::Network& network, probe::ProbeRequest how, Pace pace, Done done)
    : network_(network),
      how_(std::move(how)),
      pace_(pace),
      done_(std::move(done)),
      survey_(how_.sni),
      pause_(network.loop, [this] { go_on(); }) {}

void ProtocolCheck::go_on() {
  while (running_ < pace_.at_once && !pause_.active()) {
    auto asked = survey_.next();
    if (!asked) break;
    ask(std::move(*asked));
    if (pace_.delay.count() > 0) pause_.start(pace_.delay);
  }
  if (!survey_.is_done()) return;
  pause_.stop();
  done_(survey_.findings());
}

void ProtocolCheck::ask(tls::survey::Survey::Asked asked) {
  auto request = how_;
  request.question = std::move(asked.question);
  ++running_;
  probes_.push_back(std::make_unique<probe::Probe>(network_, std::move(request),
                                                   [this, id = asked.id](probe::ProbeResult result) {
                                                     --running_;
                                                     survey_.answer(id, std::move(result.answer));
                                                     go_on();
                                                   }));
  probes_.back()->start();
}

}  // namespace mailtap::check
