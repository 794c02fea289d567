// By when something of a connection must have happened.
//
// One timer a connection, which is not touched when its deadline moves further away: it looks again when it
// fires.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <utility>

#include "proxy/net/timers.h"

namespace mailtap::proxy {

/// Once the server is through, only a client that forgets to close keeps the connection: for so long.
inline constexpr std::chrono::seconds goodbye{30};

class Deadline {
 public:
  /// What is waited for.
  enum class Awaited {
    nothing,               ///< here: somebody else keeps the time
    hello,                 ///< the client's
    greeting,              ///< the server's, or the client's hello
    plaintext,             ///< whoever's turn it is before STARTTLS
    upstream_handshake,    ///< the server, in its handshake
    presentation,          ///< a certificate that is being made
    downstream_handshake,  ///< the client, in its handshake
    traffic,               ///< anything at all
    goodbye,               ///< the client's, after the server's
    trial,                 ///< what the server says to the client's hello; the connection is over
  };

  /// `fired` is called on the loop; it asks is_ahead() whether the deadline has moved meanwhile.
  Deadline(net::Timers& timers, std::function<void()> fired)
      : timers_(timers), timer_(timers.make(std::move(fired))) {}

  Awaited awaited() const { return awaited_; }

  void set(std::chrono::milliseconds after, Awaited what) {
    at_ = timers_.now() + static_cast<std::uint64_t>(after.count());
    awaited_ = what;
    if (!timer_->active() || at_ < fires_at_) start(after);
  }
  /// Moves it to `after` from `begin` (loop time, ms); for use when it has fired.
  void move_to(std::uint64_t begin, std::chrono::milliseconds after) {
    at_ = begin + static_cast<std::uint64_t>(after.count());
  }
  void suspend() {
    at_ = never;
    awaited_ = Awaited::nothing;
  }
  /// Has it not passed yet? Then it fires again.
  bool is_ahead() {
    const auto now = timers_.now();
    if (at_ == never) return true;
    if (now < at_) start(std::chrono::milliseconds(at_ - now));
    return now < at_;
  }
  /// How long it is until then.
  std::chrono::milliseconds ahead() const {
    return std::chrono::milliseconds(at_ - std::min(at_, timers_.now()));
  }
  void stop() { timer_->stop(); }

 private:
  static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

  void start(std::chrono::milliseconds after) {
    fires_at_ = timers_.now() + static_cast<std::uint64_t>(after.count());
    timer_->start(after);
  }

  net::Timers& timers_;
  std::uint64_t at_ = never;    // loop time, ms
  std::uint64_t fires_at_ = 0;  // the timer, if it is active
  Awaited awaited_ = Awaited::nothing;
  std::unique_ptr<net::Timers::Timer> timer_;
};

}  // namespace mailtap::proxy
