// The timers of a libuv loop.
#pragma once

#include <utility>

#include "proxy/net/timer.h"
#include "proxy/net/timers.h"

namespace mailtap::net {

class LoopTimers final : public Timers {
 public:
  explicit LoopTimers(uv_loop_t* loop) : loop_(loop) {}

  std::uint64_t now() const override { return uv_now(loop_); }
  std::unique_ptr<Timers::Timer> make(std::function<void()> expired) override {
    return std::make_unique<LoopTimer>(loop_, std::move(expired));
  }

 private:
  class LoopTimer final : public Timers::Timer {
   public:
    LoopTimer(uv_loop_t* loop, std::function<void()> expired) : timer_(loop, std::move(expired)) {}
    void start(std::chrono::milliseconds after) override { timer_.start(after); }
    void stop() override { timer_.stop(); }
    bool active() const override { return timer_.active(); }

   private:
    net::Timer timer_;
  };

  uv_loop_t* loop_;
};

}  // namespace mailtap::net
