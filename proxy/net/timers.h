// The loop's clock and its one-shot timers, as the core needs them.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace mailtap::net {

class Timers {
 public:
  /// Stopped when destroyed.
  class Timer {
   public:
    virtual ~Timer() = default;
    /// Anew, if it is running already.
    virtual void start(std::chrono::milliseconds after) = 0;
    virtual void stop() = 0;
    virtual bool active() const = 0;
  };

  virtual ~Timers() = default;
  /// Milliseconds, as of this turn of the loop.
  virtual std::uint64_t now() const = 0;
  /// `expired` is called on the loop; it may destroy anything but the timer.
  virtual std::unique_ptr<Timer> make(std::function<void()> expired) = 0;
};

}  // namespace mailtap::net
