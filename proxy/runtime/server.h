// The whole proxy: workers, signals, reload, hand-over and drain. Lives on the main thread, and only wires:
//
//   Lifecycle                 what it is doing, and what may come next
//   ConfigurationTransaction  how a configuration takes effect: whole, or not at all
//   Reloader                  when one is read again
//   RouteTable, WorkerPool    what is in force, and who works with it
//   HandOver                  a successor, and its first moments
//
//   SIGHUP            read the configuration again; a bad one leaves the old one running
//   SIGUSR1           write the traces of the last minutes
//   SIGUSR2           hand the listening sockets over to a new process, then drain
//   SIGTERM, SIGINT   stop listening, let connections end until the drain deadline; a second one ends at once
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "config/settings.h"
#include "inspect/writers/messages.h"
#include "proxy/admin/endpoint.h"
#include "proxy/alerts/service.h"
#include "proxy/runtime/configuration_parts.h"
#include "proxy/runtime/control.h"
#include "proxy/runtime/hand_over.h"
#include "proxy/runtime/inherited_sockets.h"
#include "proxy/runtime/lifecycle.h"
#include "proxy/runtime/reloader.h"
#include "proxy/runtime/service_manager.h"
#include "proxy/runtime/signals.h"
#include "proxy/runtime/successor.h"
#include "proxy/runtime/tally.h"

namespace mailtap::proxy {

/// What the process got from whoever started it.
struct Launch {
  ServiceManager service;
  InheritedSockets sockets;
  Predecessor predecessor;
  bool sums_up = false;  ///< somebody at a terminal is told at the end what was seen
  /// Told of each alert in a few lines, on the main thread. Null: nobody is.
  std::function<void(const std::string&)> alerted;
};

class Server {
 public:
  /// Where settings come from on a reload.
  using LoadSettings = std::function<Result<config::Settings>()>;

  Server(const inspect::Messages& messages, LoadSettings reload, Launch launch = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Everything that can fail: files, keys, addresses. What is read is read, and sockets are bound, before
  /// the process goes on as the user of the settings; what is written is opened after that. Says `listening
  /// ADDR:PORT` on standard error for each route once it accepts.
  Result<void> start(const config::Settings& settings);
  /// Until a signal ends it. The process's exit code.
  int run();
  /// From any thread, as a signal would.
  void tell(Told what);
  /// The addresses it listens on, in the order of the routes.
  std::vector<std::string> addresses() const { return table_.addresses(); }
  /// The admin endpoint's; empty: there is none.
  const std::string& admin_address() const { return admin_address_; }

 private:
  /// Initialised before everything that lives on it, and closed after.
  struct Loop {
    Loop() { uv_loop_init(&uv); }
    ~Loop() { uv_loop_close(&uv); }
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;
    uv_loop_t uv{};
  };
  struct AdminPlan {
    admin::Access access;
    config::Endpoint address;
    std::vector<net::ListenSocket> socket;  ///< none: there is no admin endpoint
  };

  // Start.
  std::unique_ptr<ConfigurationTransaction> begin_transaction();
  Result<net::ListenGroup> listen_on(const std::string& id, const config::Endpoint& endpoint, unsigned count,
                                     bool for_others);
  Result<AdminPlan> prepare_admin(const config::Settings& settings);
  Result<void> start_admin(AdminPlan plan);
  void listen_for_signals();
  void on_told(Told what);
  void on_wishes();
  void watch_over_workers();
  std::string status() const;

  // Reload.
  void on_hangup();
  Reloader::Prepared prepare_reload();
  void keep_process_options(config::Settings& settings) const;
  void finish_reload(Reloader::Prepared prepared);

  // Hand-over.
  void on_hand_over();
  Result<std::unique_ptr<Successor>> start_successor(unsigned lost, Successor::Events events);
  void on_successor_ready(int pid);
  void give_admin_away();

  // End.
  void on_stop();
  void drain();
  void stop_at_once();
  void on_workers_drained();
  void end();
  void release_workers();
  void release_services();

  const inspect::Messages& messages_;
  const LoadSettings load_;
  Launch launch_;
  Lifecycle life_;
  config::Settings settings_;  // in force
  Writers writers_;
  RouteTable table_;
  CountLimit connections_{0};
  std::atomic<std::uint64_t> next_id_;  // of a connection

  Loop loop_;
  CrlListener crl_{&loop_.uv, messages_};  // the admin thread asks it too
  std::unique_ptr<alerts::Service> alerts_;
  std::string admin_address_;
  std::unique_ptr<admin::Endpoint> admin_;
  std::vector<net::ListenSocket> admin_socket_;  // what a successor is given
  std::unique_ptr<Tally> tally_;                 // null: nobody is told at the end
  WorkerPool workers_;                           // they report to alerts_, admin_ and tally_
  std::unique_ptr<Reloader> reloader_;
  std::unique_ptr<HandOver> hand_over_;
  std::vector<net::Handle<uv_signal_t>> signals_;
  std::mutex wishes_mutex_;
  std::vector<Told> wishes_;  // of other threads, until the loop has its turn
  net::Handle<uv_async_t> told_;
  std::unique_ptr<Control> control_;
  std::unique_ptr<net::Timer> watchdog_;
  std::unique_ptr<net::Timer> linger_;   // between the last connection and the end
  std::unique_ptr<net::Timer> give_up_;  // on what can't be taken back
};

}  // namespace mailtap::proxy
