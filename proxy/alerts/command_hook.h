// A program that is run for each alert: the alert as JSON on its standard input, no shell, a process group
// of its own, an environment of a few variables, and a time limit. One runs at a time.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <uv.h>

#include "config/alerts.h"
#include "proxy/alerts/hook.h"
#include "proxy/alerts/program.h"
#include "proxy/net/handle.h"
#include "proxy/net/timer.h"

namespace mailtap::alerts {

class CommandHook {
 public:
  /// `idle` is called whenever nothing is left to do, never from within a call of put().
  CommandHook(uv_loop_t* loop, const inspect::Messages& messages, std::function<void()> idle);
  /// Kills what still runs.
  ~CommandHook();
  CommandHook(const CommandHook&) = delete;
  CommandHook& operator=(const CommandHook&) = delete;

  /// From the next alert on. No command: what waits is dropped.
  void set(const config::Alerts::Command& command);
  void put(const Delivery& delivery);
  bool is_idle() const { return !running_ && queue_.empty(); }
  /// Kills what runs, and drops what waits.
  void stop();
  Stats::Hook stats() const { return queue_.stats(); }

 private:
  /// How long a program that is told to end may take, and how long its output may come after its end.
  static constexpr std::chrono::milliseconds grace{2'000};
  static constexpr std::chrono::milliseconds afterwards{200};
  static constexpr std::size_t max_output = 2048;  ///< bytes that are kept

  struct Run;
  void begin_next();
  bool spawn(const Delivery& delivery);
  void feed(const std::string& json);
  void listen_to(net::Handle<uv_pipe_t>& pipe);
  void heard(uv_stream_t* pipe, ssize_t size);
  void exited(std::int64_t status, int signal);
  void on_timer();
  void end_program(Ending how) const;
  void conclude_if_over();
  void conclude();

  uv_loop_t* loop_;
  HookQueue queue_;
  std::function<void()> idle_;
  config::Alerts::Command command_;
  std::unique_ptr<Run> running_;  // null: nothing runs
  std::array<char, 1024> chunk_{};
  net::Timer timer_;  // the next thing that becomes of what runs
  net::Timer next_;   // begins the next when nothing of the last is on the stack
};

}  // namespace mailtap::alerts
