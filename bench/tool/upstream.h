// The server behind the proxies: one thread, OpenSSL, as little HTTP as the load client needs.
#pragma once

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "bench/ews_exchange.h"
#include "bench/tool/material.h"
#include "bench/tool/openssl.h"
#include "bench/tool/sockets.h"

namespace mailtap::bench {

/// A request's first line is "GET /DOWN/UP HTTP/1.1"; after its header UP bytes follow, and the answer is a
/// header of `response_header_size` bytes and DOWN bytes more. A POST is ews_exchange.h's request, and
/// answered so.
std::string request_header(std::uint64_t download, std::uint64_t upload);
inline constexpr std::size_t response_header_size = 57;

class Upstream {
 public:
  static Result<std::unique_ptr<Upstream>> start(const Scenario& scenario, const Material& material);
  ~Upstream();

  std::uint16_t port() const { return port_; }
  std::uint64_t handshakes() const { return handshakes_; }
  std::uint64_t resumed() const { return resumed_; }

 private:
  struct Connection;

  Upstream() = default;
  void run();
  void accept_all();
  void go_on(Connection& connection);
  bool step(Connection& connection);
  bool read_request(Connection& connection);
  void answer(Connection& connection) const;
  bool write_response(Connection& connection);
  void close(Connection& connection);

  const std::size_t ews_request_size_ = ews_request().size();
  const std::string ews_response_ = ews_response();
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
