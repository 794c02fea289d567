#include "proxy/runtime/hand_over.h"

#include <algorithm>
#include <utility>

namespace mailtap::proxy {

HandOver::HandOver(uv_loop_t* loop, const inspect::Messages& messages, bool is_supervised, Start start,
                   Events events)
    : messages_(messages),
      is_supervised_(is_supervised),
      start_(std::move(start)),
      events_(std::move(events)),
      moments_(loop, [this] { stop_watching(); }) {}

Result<void> HandOver::begin() {
  auto started =
      start_(lost_, {[this](int pid) { ready(pid); }, [this](const std::string& why) { ended_early(why); },
                     [this](const std::string& why) {
                       successor_.reset();
                       died(why);
                     }});
  if (!started) return tl::unexpected(started.error());
  successor_ = std::move(*started);
  return {};
}

void HandOver::ready(int pid) {
  if (!std::exchange(has_taken_over_, true)) watches_ = !is_supervised_;
  if (watches_) {
    watches_until_ = Clock::now() + watched_moments;
    moments_.start(watched_moments);
  }
  events_.ready(pid);
}

void HandOver::ended_early(const std::string& why) {
  successor_.reset();
  has_taken_over_ ? died(why) : events_.failed(why);
}

/// As long as this process is still there somebody notices. An empty `why` is an end in order.
void HandOver::died(const std::string& why) {
  if (why.empty()) return stop_watching();
  const bool starts_another = watches_ && ++lost_ < max_successors;
  messages_.warn("the process that had taken over is gone, and nobody accepts connections" +
                 std::string(starts_another ? "; another one is started: " : ": ") + why);
  if (!starts_another) return stop_watching();
  if (auto begun = begin(); !begun) died(begun.error().message);
}

std::chrono::milliseconds HandOver::left_to_watch() const {
  if (!watches_) return {};
  return std::max(std::chrono::milliseconds(0),
                  std::chrono::duration_cast<std::chrono::milliseconds>(watches_until_ - Clock::now()));
}

void HandOver::stop_watching() {
  watches_ = false;
  moments_.stop();
  events_.forget_sockets();
}

}  // namespace mailtap::proxy
