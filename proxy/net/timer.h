// A one-shot or repeating timer.
#pragma once

#include <chrono>
#include <functional>

#include "proxy/net/handle.h"

namespace mailtap::net {

class Timer {
 public:
  /// `expired` may destroy anything but this timer.
  Timer(uv_loop_t* loop, std::function<void()> expired) : expired_(std::move(expired)) {
    handle_ =
        Handle<uv_timer_t>::make(this, [&](uv_timer_t* timer) { return uv_timer_init(loop, timer); }).first;
  }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void start(std::chrono::milliseconds after, std::chrono::milliseconds repeat = {}) {
    uv_timer_start(handle_.get(), on_expired,
                   static_cast<std::uint64_t>(std::max<std::int64_t>(after.count(), 0)),
                   static_cast<std::uint64_t>(repeat.count()));
  }
  void stop() { uv_timer_stop(handle_.get()); }
  bool active() const { return uv_is_active(handle_.as_handle()) != 0; }

 private:
  static void on_expired(uv_timer_t* timer) {
    if (auto* self = static_cast<Timer*>(timer->data)) self->expired_();
  }

  std::function<void()> expired_;
  Handle<uv_timer_t> handle_;
};

}  // namespace mailtap::net
