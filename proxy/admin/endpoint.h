// The admin endpoint: a thread with a loop of its own, so that whoever watches never slows a connection.
//
//   worker threads --Feed--> tick, at most ten a second --> Hub, Metrics --> HTTP: page, API, events, metrics
//
//   /                        the live page, with /page.css, /page.js and /live.js
//   /api/...  /events        docs/admin.md
//   /metrics                 for Prometheus
//   /healthz  /readyz        for whoever starts it or sends connections to it; without a token, as the CRL is
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "config/enums.h"
#include "inspect/writers/messages.h"
#include "proxy/admin/access.h"
#include "proxy/admin/feed.h"
#include "proxy/admin/hub.h"
#include "proxy/admin/metrics.h"
#include "proxy/admin/surveys.h"
#include "proxy/http/server.h"

namespace mailtap::admin {

/// A route as the page names it.
struct ShownRoute {
  std::string id;
  std::string listen;
  std::string upstream;
  std::string mode;  ///< of presentation
  /// What connections to its upstream begin with.
  config::ProxyVersion send_proxy_protocol = config::ProxyVersion::none;
};

class Endpoint {
 public:
  struct Setup {
    Access access;
    std::string version;
    std::string cryptography;
    /// Asked at a scrape, on the admin thread: what the feed and the streams don't know.
    std::function<Gauges()> gauges;
    /// Answers what isn't the endpoint's, such as the CRL, on the admin thread; null: nothing is.
    http::Server::Handler others;
    http::Limits limits{.connections = 64, .posts = true};
  };

  /// Takes the listening descriptor. `messages` must outlive it.
  Endpoint(const inspect::Messages& messages, Setup setup, int descriptor);
  /// Nothing may use the feed any more.
  ~Endpoint();
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  /// What connections are reported to, from any thread.
  Feed& feed() { return feed_; }

  // From any thread.
  void set_routes(std::vector<ShownRoute> routes);
  void set_ready(bool ready) { ready_ = ready; }
  /// Another process answers from now on: connections are ended, and those that come are left to it.
  void hand_over();

 private:
  void tick();
  void broadcast();
  http::Response answer(const http::Request& request);
  http::Response api(const http::Request& request);
  http::Response surveys(const http::Request& request, std::string_view number);
  http::Response begin_survey(const Upstream& upstream, Language language);
  std::string state_json() const;
  Gauges gauges() const;

  const inspect::Messages& messages_;
  const Setup setup_;
  const std::chrono::system_clock::time_point started_ = std::chrono::system_clock::now();
  Feed feed_;
  std::atomic<bool> ready_{false};
  std::atomic<bool> handed_over_{false};
  mutable std::mutex routes_mutex_;
  std::vector<ShownRoute> routes_;

  // The thread's.
  Hub hub_;
  Metrics metrics_;
  std::unique_ptr<Surveys> surveys_;
  std::vector<Feed::Item> taken_;
  std::vector<ConnectionPtr> opened_;
  std::vector<ConnectionPtr> ended_;
  std::uint64_t dropped_ = 0;
  uv_loop_t loop_{};
  std::unique_ptr<http::Server> server_;  // null once it is handed over
  std::unique_ptr<net::Timer> tick_;
  std::unique_ptr<net::Timer> beat_;
  net::Handle<uv_async_t> wake_;
  net::Handle<uv_async_t> stop_;
  std::thread thread_;
};

}  // namespace mailtap::admin
