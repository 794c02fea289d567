// The whole proxy: workers, signals, reload and drain. Lives on the main thread.
//
//   SIGHUP            read the configuration again; a bad one leaves the old one running. Many at once are
//   one, and
//                     other signals are heard while it is read
//   SIGUSR2           hand the listening sockets over to a new process, then drain (successor.h)
//   SIGTERM, SIGINT   stop listening, let connections end until the drain deadline; a second one ends at once
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"
#include "inspect/log_writer.h"
#include "inspect/messages.h"
#include "proxy/admin/endpoint.h"
#include "proxy/alerts/service.h"
#include "proxy/net/listen_socket.h"
#include "proxy/runtime/crl_listener.h"
#include "proxy/runtime/inherited_sockets.h"
#include "proxy/runtime/service_manager.h"
#include "proxy/runtime/successor.h"
#include "proxy/runtime/worker.h"

namespace mailtap::proxy {

/// What the process got from whoever started it.
struct Launch {
  ServiceManager service;
  InheritedSockets sockets;
  Predecessor predecessor;
};

class Server {
 public:
  /// Where settings come from on a reload.
  using LoadSettings = std::function<Result<config::Settings>()>;

  Server(const inspect::Messages& messages, LoadSettings reload, Launch launch = {})
      : messages_(messages),
        load_(std::move(reload)),
        launch_(std::move(launch)),
        writers_(messages),
        next_id_(launch_.predecessor.first_id()) {}
  ~Server();

  /// Everything that can fail: files, keys, addresses. What is read is read, and sockets are bound, before
  /// the process goes on as the user of the settings; what is written is opened after that. Says `listening
  /// ADDR:PORT` on standard error for each route once it accepts.
  Result<void> start(const config::Settings& settings);
  /// Until a signal ends it. The process's exit code.
  int run();
  /// From any thread, as SIGTERM would.
  void request_stop();
  /// The addresses it listens on, in the order of the routes.
  std::vector<std::string> addresses() const;

 private:
  struct Change;
  /// What is read and bound.
  Result<Change> prepare(const config::Settings& settings);
  /// What is written.
  Result<void> open_outputs(Change& change);
  Result<net::ListenGroup> listen_on(const std::string& id, const config::Endpoint& endpoint, unsigned count,
                                     bool for_others = false);
  void apply(Change change);
  struct AdminPlan {
    admin::Access access;
    config::Endpoint address;
    std::vector<net::ListenSocket> socket;  ///< none: there is no admin endpoint
  };
  Result<AdminPlan> prepare_admin(const config::Settings& settings);
  Result<void> start_admin(AdminPlan plan);
  void show_routes();
  void set_alerts(std::optional<alerts::Webhook::Settings> webhook);
  void keep_process_options(config::Settings& settings) const;
  struct Reload;
  void want_reload();
  void reload();
  void reload_prepared();
  Result<void> take_over(Reload& reload);
  void hand_over();
  Result<void> start_successor();
  void successor_died(const std::string& why);
  void watch_over_workers();
  std::string status() const;
  void stop_signal();
  void drain();
  std::chrono::milliseconds time_to_watch() const;
  void worker_drained();
  void end();
  void give_up_on_reload();
  static Result<std::uint32_t> connection_limit(const config::Settings& settings);

  const inspect::Messages& messages_;
  LoadSettings load_;
  Launch launch_;
  config::Settings settings_;
  Writers writers_;
  std::vector<std::shared_ptr<RunningRoute>> routes_;
  CountLimit connections_{0};
  std::atomic<std::uint64_t> next_id_;       // of a connection
  std::unique_ptr<alerts::Service> alerts_;  // outlives the workers, which report to it, and admin_
  std::unique_ptr<admin::Endpoint> admin_;   // outlives the workers, which report to it
  std::vector<std::unique_ptr<Worker>> workers_;
  /// What a successor is given, by the route's address: the same sockets that the workers have.
  std::map<std::string, std::vector<net::ListenSocket>> listening_;
  std::vector<net::ListenSocket> admin_socket_;

  uv_loop_t loop_{};
  bool loop_ready_ = false;
  CrlListener crl_{&loop_, messages_};  // the admin thread asks it too
  std::vector<net::Handle<uv_signal_t>> signals_;
  net::Handle<uv_async_t> drained_;
  net::Handle<uv_async_t> stop_requested_;
  std::unique_ptr<net::Timer> give_up_;  // set by a second signal
  std::unique_ptr<net::Timer> end_;      // set when nothing is left to do
  std::unique_ptr<net::Timer> watchdog_;
  std::atomic<unsigned> unanswered_{0};  // workers that haven't yet shown that they are alive
  std::unique_ptr<Successor> successor_;
  std::unique_ptr<net::Timer> reload_soon_;  // set by the first of many SIGHUPs
  std::shared_ptr<Reload> reload_;           // while one is under way
  bool reload_again_ = false;                // a SIGHUP came meanwhile
  std::chrono::steady_clock::time_point handed_over_at_;
  std::unique_ptr<net::Timer> first_moments_;  ///< of a successor that has taken over
  unsigned successors_lost_ = 0;               ///< that had taken over
  bool handed_over_ = false;
  bool told_to_stop_ = false;  ///< after a hand-over
  std::atomic<unsigned> drained_workers_{0};
  bool draining_ = false;
};

}  // namespace mailtap::proxy
