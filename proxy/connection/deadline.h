// By when something of a connection must have happened, and how the connection ends otherwise.
//
// One timer a connection, which is not touched when its deadline moves further away: it looks again when it
// fires.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

#include "inspect/record.h"
#include "proxy/net/timer.h"

namespace mailtap::proxy {

/// Once the server is through, only a client that forgets to close keeps the connection: for so long.
inline constexpr std::chrono::seconds goodbye{30};

class Deadline {
 public:
  /// `fired` is called on the loop; it asks is_ahead() whether the deadline has moved meanwhile.
  Deadline(uv_loop_t* loop, std::function<void()> fired) : loop_(loop), timer_(loop, std::move(fired)) {}

  inspect::Reason reason = inspect::Reason::hello_timeout;
  inspect::Side side = inspect::Side::downstream;

  void set(std::chrono::milliseconds after, inspect::Reason its_reason, inspect::Side its_side) {
    const auto armed_until = timer_.active() ? at_ : 0;
    at_ = uv_now(loop_) + static_cast<std::uint64_t>(after.count());
    reason = its_reason;
    side = its_side;
    if (armed_until == 0 || at_ < armed_until) timer_.start(after);
  }
  /// Moves it to `after` from `begin` (loop time, ms); for use when it has fired.
  void move_to(std::uint64_t begin, std::chrono::milliseconds after) {
    at_ = begin + static_cast<std::uint64_t>(after.count());
  }
  /// Has it not passed yet? Then it fires again.
  bool is_ahead() {
    const auto now = uv_now(loop_);
    if (now < at_) timer_.start(std::chrono::milliseconds(at_ - now));
    return now < at_;
  }
  /// How long it is until then.
  std::chrono::milliseconds ahead() const {
    return std::chrono::milliseconds(at_ - std::min(at_, uv_now(loop_)));
  }
  void stop() { timer_.stop(); }

 private:
  uv_loop_t* loop_;
  std::uint64_t at_ = 0;  // loop time, ms
  net::Timer timer_;
};

}  // namespace mailtap::proxy
