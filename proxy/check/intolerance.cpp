#include "proxy/check/intolerance.h"

#include <utility>

namespace mailtap::check {

IntoleranceCheck::IntoleranceCheck(const net::Network& network, probe::ProbeRequest how, probe::Turns& turns,
                                   Done done)
    : network_(network), how_(std::move(how)), turns_(turns), done_(std::move(done)), trials_(how_.sni) {}

void IntoleranceCheck::go_on() {
  while (auto asked = trials_.next()) ask(std::move(*asked));
  if (trials_.is_done()) done_(trials_.tolerance());
}

void IntoleranceCheck::ask(tls::survey::Intolerance::Asked asked) {
  auto request = how_;
  request.question = std::move(asked.question);
  probes_.push_back(probe::probe_in_turn(turns_, network_, std::move(request),
                                         [this, id = asked.id](const probe::ProbeResult& result) {
                                           trials_.answer(id, result.answer);
                                           go_on();
                                         }));
}

}  // namespace mailtap::check
