#include "proxy/probe/turns.h"

#include <utility>

namespace mailtap::probe {

Turns::Turns(uv_loop_t* loop, Pace pace) : loop_(loop), pace_(pace), pause_(loop, [this] { go_on(); }) {}

void Turns::ask(std::function<void()> begin) {
  waiting_.push_back(std::move(begin));
  go_on();
}

void Turns::end() {
  --running_;
  go_on();
}

void Turns::go_on() {
  while (!waiting_.empty() && running_ < pace_.at_once && !pause_.active()) {
    // The timer runs only while somebody waits for it: a loop ends with its last connection.
    const auto wait = next_at_ - std::chrono::milliseconds(uv_now(loop_));
    if (wait.count() > 0) return pause_.start(wait);
    const auto begin = std::move(waiting_.front());
    waiting_.pop_front();
    ++running_;
    next_at_ = std::chrono::milliseconds(uv_now(loop_)) + pace_.delay;
    begin();
  }
}

std::unique_ptr<Probe> probe_in_turn(Turns& turns, const net::Network& network, ProbeRequest request,
                                     Probe::Done done) {
  auto probe = std::make_unique<Probe>(network, std::move(request),
                                       [&turns, done = std::move(done)](ProbeResult result) {
                                         turns.end();
                                         done(std::move(result));
                                       });
  turns.ask([probe = probe.get()] { probe->start(); });
  return probe;
}

}  // namespace mailtap::probe
