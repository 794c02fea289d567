// The mail servers of the demonstration: HTTPS on loopback, each with a certificate of its own, all in one
// thread with one loop.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "certs/model/identity.h"
#include "config/base/result.h"
#include "config/endpoint.h"
#include "proxy/net/listener.h"

namespace mailtap::demo {

/// One connection's plaintext, as the server saw it.
struct Transcript {
  std::string received;
  std::string sent;
};

class MailServers {
 public:
  MailServers();
  /// Ends the thread and every connection.
  ~MailServers();
  MailServers(const MailServers&) = delete;
  MailServers& operator=(const MailServers&) = delete;

  /// One more server, before start(). The address that it listens on.
  Result<config::Endpoint> add(certs::IdentityPtr identity);
  void start();

  /// Of the newest connection to the server that was added as number `index`. What a client has received is
  /// in it already. From any thread.
  Transcript last_transcript(std::size_t index) const;

 private:
  class Connection;
  struct Server {
    certs::IdentityPtr identity;
    std::unique_ptr<net::Listener> listener;
    Transcript last;  // guarded by mutex_
  };

  bool accept(Server& server, net::Listener& listener);
  void finished(Connection& connection);
  void end();

  uv_loop_t loop_;
  net::Handle<uv_async_t> stop_;
  net::Handle<uv_prepare_t> before_poll_;
  Buffer read_buffer_ = Buffer(std::size_t{64} * 1024);
  std::vector<std::unique_ptr<Server>> servers_;
  std::unordered_map<Connection*, std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Connection>> finished_;
  mutable std::mutex mutex_;
  std::thread thread_;
};

}  // namespace mailtap::demo
