// Alerts as they run, on the main thread: one state for all workers, lines in the log of the route.
//
//   workers --Inbox--> AlertEngine (inspect/alerts) --+--> the route's log
//                                                     +--> Stats, for /metrics
//                                                     +--> CommandHook, Webhook
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "config/settings.h"
#include "inspect/alerts/alert_engine.h"
#include "inspect/alerts/inbox.h"
#include "inspect/log/log_writer.h"
#include "proxy/alerts/command_hook.h"
#include "proxy/alerts/webhook.h"
#include "proxy/net/timer.h"

namespace mailtap::alerts {

/// By the route's id: where its alerts are written.
using Logs = std::map<std::string, std::shared_ptr<inspect::LogWriter>>;

class Service {
 public:
  /// `messages` must outlive it. `alerted` is told of each alert, in a few lines (null: nobody is).
  Service(uv_loop_t* loop, const inspect::Messages& messages,
          std::function<void(const std::string&)> alerted = nullptr);
  /// Nobody may use the inbox any more.
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// At start and on a reload: what is known of a route that goes on stays known.
  void set(const config::Alerts& settings, std::optional<Webhook::Settings> webhook, Logs logs);

  /// What workers report to, from any thread.
  Inbox& inbox() { return inbox_; }
  /// From any thread.
  Stats stats() const;
  /// Takes what is in the inbox: once more when the workers have ended.
  void hear();

  /// Calls `done`, later, when the hooks are through, or after a few seconds, when what they still do is
  /// ended. It may not destroy this.
  void finish(std::function<void()> done);
  /// There is no time for the hooks any more.
  void hurry();

 private:
  static constexpr std::chrono::milliseconds last_words{5'000};

  void finish_if_idle();
  void tick();
  void tell(const std::vector<Alert>& alerts);

  Inbox inbox_;
  std::function<void(const std::string&)> alerted_;
  Logs logs_;
  mutable std::mutex mutex_;  // guards what is below against stats()
  AlertEngine engine_{{}};
  std::map<std::tuple<Kind, State, std::string>, std::uint64_t> told_;

  net::Resolver resolver_;
  Buffer read_buffer_ = Buffer(std::size_t{16} * 1024);
  CommandHook command_;
  Webhook webhook_;

  net::Handle<uv_async_t> wake_;
  net::Timer tick_;
  net::Timer end_;  // active between finish() and what it promises
  std::function<void()> done_;
  bool in_a_hurry_ = false;
};

}  // namespace mailtap::alerts
