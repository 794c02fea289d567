// Alerts as they run, on the main thread: one state for all workers, lines in the log of the route.
//
//   workers --Inbox--> Watchkeeper (inspect/alerts) --+--> the route's log
//                                                     +--> Figures, for /metrics
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "config/settings.h"
#include "inspect/alerts/watchkeeper.h"
#include "inspect/log_writer.h"
#include "proxy/alerts/inbox.h"
#include "proxy/net/timer.h"

namespace mailtap::alerts {

/// By the route's id: where its alerts are written.
using Logs = std::map<std::string, std::shared_ptr<inspect::LogWriter>>;

class Service {
 public:
  explicit Service(uv_loop_t* loop);
  /// Nobody may use the inbox any more.
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// At start and on a reload: what is known of a route that goes on stays known.
  void set(const config::Alerts& settings, Logs logs);

  /// What workers report to, from any thread.
  Inbox& inbox() { return inbox_; }
  /// From any thread.
  Figures figures() const;
  /// Takes what is in the inbox: once more when the workers have ended.
  void hear();

 private:
  void tick();
  void tell(const std::vector<Alert>& alerts);

  Inbox inbox_;
  Logs logs_;
  mutable std::mutex mutex_;  // guards what is below against figures()
  Watchkeeper keeper_{{}};
  std::map<std::tuple<Kind, State, std::string>, std::uint64_t> told_;

  net::Handle<uv_async_t> wake_;
  net::Timer tick_;
};

}  // namespace mailtap::alerts
