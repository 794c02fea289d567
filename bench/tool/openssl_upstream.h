// The upstream server with which the other is checked: one thread, OpenSSL.
#pragma once

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "bench/tool/material.h"
#include "bench/tool/openssl.h"
#include "bench/tool/sockets.h"
#include "bench/tool/upstream.h"

namespace mailtap::bench {

class OpensslUpstream final : public Upstream {
 public:
  static Result<std::unique_ptr<OpensslUpstream>> start(const Scenario& scenario, const Material& material);
  ~OpensslUpstream() override;

  std::uint16_t port() const override { return port_; }
  std::uint64_t handshakes() const override { return handshakes_; }
  std::uint64_t resumed() const override { return resumed_; }

 private:
  struct Connection;

  OpensslUpstream() = default;
  void run();
  void accept_all();
  void go_on(Connection& connection);
  bool step(Connection& connection);
  bool read_request(Connection& connection);
  bool write_response(Connection& connection);
  void close(Connection& connection);

  ContextPtr context_;
  Descriptor listener_;
  Descriptor epoll_;
  std::uint16_t port_ = 0;
  std::vector<std::unique_ptr<Connection>> connections_;  // by descriptor
  std::vector<char> buffer_ = std::vector<char>(std::size_t{64} * 1024);
  std::atomic<std::uint64_t> handshakes_{0};
  std::atomic<std::uint64_t> resumed_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace mailtap::bench
