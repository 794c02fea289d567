// Whose turn it is to connect to a server that is asked many questions: all that ask it share one of these,
// so that it is met by no more connections at once than its Pace allows.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>

#include "proxy/net/network.h"
#include "proxy/net/timer.h"
#include "proxy/probe/pace.h"
#include "proxy/probe/probe.h"

namespace mailtap::probe {

class Turns {
 public:
  Turns(uv_loop_t* loop, Pace pace);

  /// `begin` is called from within if it may connect now, else later, in the order of asking.
  void ask(std::function<void()> begin);
  /// One that began has ended.
  void end();

 private:
  void go_on();

  uv_loop_t* loop_;
  const Pace pace_;
  std::deque<std::function<void()>> waiting_;
  std::size_t running_ = 0;
  std::chrono::milliseconds next_at_{0};  // by the loop's clock, when the next one may begin
  net::Timer pause_;                      // active: somebody waits for next_at_
};

/// Starts when it is its turn, and its end is the next one's. `turns` outlives it; `done` is as Probe's.
std::unique_ptr<Probe> probe_in_turn(Turns& turns, const net::Network& network, ProbeRequest request,
                                     Probe::Done done);

}  // namespace mailtap::probe
