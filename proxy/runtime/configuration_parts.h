// What of a running server has a configuration, each as a part of the transaction that puts a new one in
// force.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "proxy/admin/endpoint.h"
#include "proxy/alerts/service.h"
#include "proxy/runtime/configuration_transaction.h"
#include "proxy/runtime/crl_listener.h"
#include "proxy/runtime/route_table.h"
#include "proxy/runtime/worker_pool.h"

namespace mailtap::proxy {

/// Listening sockets that were inherited for a listener, or are bound anew; `count` of them.
using Bind = std::function<Result<net::ListenGroup>(const std::string& id, const config::Endpoint& endpoint,
                                                    unsigned count, bool for_others)>;

/// No route's id, after socket_name().
inline constexpr const char* crl_listener = "@crl-listen";
inline constexpr const char* admin_listener = "@admin";

/// How many connections there may be.
class ConnectionLimitPart final : public ConfigurationPart {
 public:
  explicit ConnectionLimitPart(CountLimit& connections) : connections_(connections) {}
  Result<void> prepare(const config::Settings& settings) override;
  void apply() override { connections_.set_limit(limit_); }

 private:
  CountLimit& connections_;
  std::uint32_t limit_ = 0;
};

/// The routes with their sockets, what they write, and the CRLs of their local CAs: a CRL's address goes into
/// what a route issues.
class RoutesPart final : public ConfigurationPart {
 public:
  struct Running {
    const inspect::Messages& messages;
    Writers& writers;
    RouteTable& table;
    CrlListener& crl;
    WorkerPool& workers;
  };
  RoutesPart(const Running& running, Bind bind) : running_(running), bind_(std::move(bind)) {}
  ~RoutesPart() override;
  Result<void> prepare(const config::Settings& settings) override;
  Result<void> open() override;
  void apply() override;

 private:
  Result<void> prepare_route(const config::Route& route, const RunningRoute* previous);
  Result<void> share_out(const std::shared_ptr<RunningRoute>& route, const RouteTable::Sockets& sockets);

  const Running running_;
  const Bind bind_;
  unsigned workers_ = 0;
  config::TraceFiles trace_files_;
  CrlListener::Prepared crl_;
  RouteTable::Routes routes_;
  std::vector<RouteTable::Sockets> sockets_;  // of each route: none if it listens already
  /// Of each worker.
  struct Share {
    std::shared_ptr<RunningRoute> route;
    RouteTable::Sockets sockets;
    bool has_one_each = false;  // as in Assignment
  };
  std::vector<std::vector<Share>> shares_;
};

/// The settings themselves, for whoever asks later.
class SettingsPart final : public ConfigurationPart {
 public:
  explicit SettingsPart(config::Settings& in_force) : in_force_(in_force) {}
  Result<void> prepare(const config::Settings& settings) override {
    prepared_ = settings;
    return {};
  }
  void apply() override { in_force_ = std::move(prepared_); }

 private:
  config::Settings& in_force_;
  config::Settings prepared_;
};

/// What the admin endpoint shows of the routes; after them.
class AdminPart final : public ConfigurationPart {
 public:
  /// `admin`: null when it is applied, if there is none.
  AdminPart(const std::unique_ptr<admin::Endpoint>& admin, const RouteTable& table)
      : admin_(admin), table_(table) {}
  Result<void> prepare(const config::Settings& /*settings*/) override { return {}; }
  void apply() override;

 private:
  const std::unique_ptr<admin::Endpoint>& admin_;
  const RouteTable& table_;
};

/// What is told, to whom, and in which route's log; after the routes.
class AlertsPart final : public ConfigurationPart {
 public:
  /// `service`: there when it is applied.
  AlertsPart(const std::unique_ptr<alerts::Service>& service, const RouteTable& table)
      : service_(service), table_(table) {}
  Result<void> prepare(const config::Settings& settings) override;
  void apply() override;

 private:
  const std::unique_ptr<alerts::Service>& service_;
  const RouteTable& table_;
  config::Alerts settings_;
  std::optional<alerts::Webhook::Settings> webhook_;
};

}  // namespace mailtap::proxy
