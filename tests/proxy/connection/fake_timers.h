// A clock that a test moves, and timers that fire then.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "proxy/net/timers.h"

namespace mailtap::proxy::test {

class FakeTimers final : public net::Timers {
 public:
  std::uint64_t now() const override { return now_; }
  std::unique_ptr<Timer> make(std::function<void()> expired) override {
    return std::make_unique<FakeTimer>(*this, std::move(expired));
  }

  /// Fires what is due on the way, in the order in which it is due.
  void pass(std::chrono::milliseconds time) {
    const auto until = now_ + static_cast<std::uint64_t>(time.count());
    while (auto* next = next_until(until)) {
      now_ = std::max(now_, next->at);
      next->at = never;
      next->expired();
    }
    now_ = until;
  }
  /// How many run.
  std::size_t active() const {
    return static_cast<std::size_t>(
        std::count_if(timers_.begin(), timers_.end(), [](const auto* timer) { return timer->active(); }));
  }

 private:
  static constexpr std::uint64_t never = ~std::uint64_t{0};

  struct FakeTimer final : Timer {
    FakeTimer(FakeTimers& its_timers, std::function<void()> its_expired)
        : timers(its_timers), expired(std::move(its_expired)) {
      timers.timers_.push_back(this);
    }
    ~FakeTimer() override { std::erase(timers.timers_, this); }
    FakeTimer(const FakeTimer&) = delete;
    FakeTimer& operator=(const FakeTimer&) = delete;
    void start(std::chrono::milliseconds after) override {
      at = timers.now_ + static_cast<std::uint64_t>(std::max<std::int64_t>(after.count(), 0));
    }
    void stop() override { at = never; }
    bool active() const override { return at != never; }

    FakeTimers& timers;
    std::function<void()> expired;
    std::uint64_t at = never;
  };

  FakeTimer* next_until(std::uint64_t until) {
    const auto earliest = std::min_element(timers_.begin(), timers_.end(),
                                           [](const auto* a, const auto* b) { return a->at < b->at; });
    return earliest != timers_.end() && (*earliest)->at <= until ? *earliest : nullptr;
  }

  std::uint64_t now_ = 1000;
  std::vector<FakeTimer*> timers_;
};

}  // namespace mailtap::proxy::test
