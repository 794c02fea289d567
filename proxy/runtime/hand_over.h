// The old process's side of a restart that refuses nobody: it starts a successor, and watches over the
// successor's first moments, in which what is wrong with it shows.
//
//   begin() -> ready: it accepts, and this process drains
//           -> failed: it ended before that, and this process goes on
//   died in its first moments -> another one is started, a few times
//
// While it watches, the listening sockets are kept: clients wait in the kernel's queue for another successor.
// Where a service manager watches over successors, this doesn't.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "inspect/writers/messages.h"
#include "proxy/net/timer.h"
#include "proxy/runtime/successor.h"

namespace mailtap::proxy {

class HandOver {
 public:
  static constexpr std::chrono::seconds watched_moments{3};
  static constexpr unsigned max_successors = 3;  ///< that are started by one hand-over

  struct Events {
    std::function<void(int pid)> ready;                  ///< it accepts; of each one
    std::function<void(const std::string& why)> failed;  ///< none has accepted
    std::function<void()> forget_sockets;                ///< no other one will be started
  };
  /// Starts one. `lost`: how many have died that had taken over.
  using Start = std::function<Result<std::unique_ptr<Successor>>(unsigned lost, Successor::Events events)>;

  /// `is_supervised`: a service manager watches over successors.
  HandOver(uv_loop_t* loop, const inspect::Messages& messages, bool is_supervised, Start start,
           Events events);
  HandOver(const HandOver&) = delete;
  HandOver& operator=(const HandOver&) = delete;

  /// Events come later, never from within.
  Result<void> begin();
  /// How long the end of this process is put off for a successor's first moments.
  std::chrono::milliseconds left_to_watch() const;
  /// A successor that dies isn't replaced any more.
  void stop_watching();

 private:
  using Clock = std::chrono::steady_clock;
  void ready(int pid);
  void ended_early(const std::string& why);
  void died(const std::string& why);

  const inspect::Messages& messages_;
  const bool is_supervised_;
  const Start start_;
  const Events events_;
  std::unique_ptr<Successor> successor_;
  bool has_taken_over_ = false;  // one of them
  bool watches_ = false;
  unsigned lost_ = 0;  // that had taken over
  Clock::time_point watches_until_;
  net::Timer moments_;
};

}  // namespace mailtap::proxy
