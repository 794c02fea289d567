// One thread with one loop: its listeners and their connections.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "inspect/writers/messages.h"
#include "proxy/connection/connection.h"
#include "proxy/net/listener.h"
#include "proxy/route/running_route.h"
#include "proxy/runtime/assignment.h"
#include "proxy/runtime/concentration.h"
#include "proxy/runtime/intake.h"
#include "proxy/runtime/worker_services.h"

namespace mailtap::proxy {

class Worker final : Connection::Owner {
 public:
  /// One of all workers.
  struct Seat {
    Concentration& concentration;
    unsigned number;
  };
  /// `connections` and `next_id` are shared by all workers, and so are `watcher` (null: nobody) and `inbox`;
  /// `drained` is called once, on the worker's thread, when its last connection has ended after drain() or
  /// stop().
  Worker(const inspect::Messages& messages, CountLimit& connections, std::atomic<std::uint64_t>& next_id,
         Seat seat, inspect::Watcher* watcher, alerts::Inbox& inbox, std::function<void()> drained);
  /// Stops at once if it still runs, and waits for the thread.
  ~Worker() override;

  // From any thread; carried out on the worker's.

  /// From now on exactly these routes, by listening address: new ones listen, missing ones stop, and the
  /// others' next connections go by their new settings.
  void set_routes(std::vector<Assignment> assignments);
  /// Stops listening; connections go on until they end or `deadline` has passed, then the loop ends.
  void drain(std::chrono::milliseconds deadline);
  /// Ends every connection now, then the loop.
  void stop();
  /// Calls `answered` once the loop has come around to it; false if the loop has ended.
  bool ask_for_life(std::function<void()> answered) { return post(std::move(answered)); }

 private:
  struct Served {
    std::unique_ptr<Connection> connection;
    std::optional<Intake::Ticket> ticket;  // where there are batches
  };
  struct Listening {
    RunningRoutePtr route;
    std::vector<std::unique_ptr<net::Listener>> listeners;  // one, but for inherited sockets
    bool has_one_each = false;                              // as in Assignment
  };

  bool incoming(const RunningRoutePtr& route, net::Listener& listener);
  void begin(const RunningRoutePtr& route, net::Listener& listener, std::optional<Place> place,
             std::optional<Intake::Ticket> ticket);
  void stop_listening();
  void steer(const Concentration::Choice& choice);
  void on_finished(Connection& connection) override;
  void before_poll();
  void after_poll();
  void run_batches();
  void take_who_was_left();
  void tell_how_full_batches_were() const;
  void report_batches();
  void end_connections(const std::string& why);
  void end_loop();
  bool post(std::function<void()> task);
  void run_posted();

  const inspect::Messages& messages_;
  CountLimit& connections_limit_;
  std::atomic<std::uint64_t>& next_id_;
  const Seat seat_;
  std::function<void()> drained_;

  uv_loop_t loop_;
  std::unique_ptr<WorkerServices> services_;
  std::uint64_t operations_reported_ = 0;  // to services_->watcher
  std::uint64_t batches_reported_ = 0;
  std::map<std::string, Listening> listening_;  // by RunningRoute::address
  std::uint64_t publish_next_ = 0;              // ms of the loop's clock, to seat_.concentration
  Intake intake_;                               // where there are batches
  std::string asked_first_;  // an address; the next one's turn is next, so that all get one
  std::unordered_map<Connection*, Served> connections_;
  std::vector<std::unique_ptr<Connection>> finished_;
  net::Handle<uv_async_t> wake_;
  net::Handle<uv_prepare_t> before_poll_;
  net::Handle<uv_check_t> after_poll_;
  net::Handle<uv_idle_t> awake_;  // active while there is cryptography to be done: the loop doesn't sleep
  std::unique_ptr<net::Timer> drain_timer_;
  bool draining_ = false;

  std::mutex mutex_;  // guards posted_, and wake_ against a post while it closes
  std::vector<std::function<void()>> posted_;

  std::thread thread_;
};

}  // namespace mailtap::proxy
