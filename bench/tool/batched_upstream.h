// The upstream server of the batched load.
#pragma once

#include <atomic>

#include "bench/tool/batched_loop.h"
#include "bench/tool/material.h"
#include "bench/tool/upstream.h"

namespace mailtap::bench {

class BatchedUpstream final : public Upstream, private Watched {
 public:
  /// `loop` outlives it.
  static Result<std::unique_ptr<BatchedUpstream>> start(BatchedLoop& loop, const Scenario& scenario,
                                                        const Material& material);
  ~BatchedUpstream() override;

  std::uint16_t port() const override { return port_; }
  std::uint64_t handshakes() const override { return handshakes_; }
  std::uint64_t resumed() const override { return resumed_; }

 private:
  class Connection;

  BatchedUpstream(BatchedLoop& loop, Scenario scenario);
  void ready(std::uint32_t events) override;
  void ended(Connection& connection);

  BatchedLoop& loop_;
  Scenario scenario_;
  certs::IdentityPtr identity_;
  std::shared_ptr<tls::TicketKeys> tickets_;  // null: nobody resumes
  Descriptor listener_;
  std::uint16_t port_ = 0;
  std::vector<std::unique_ptr<Connection>> connections_;  // by descriptor
  std::atomic<std::uint64_t> handshakes_{0};
  std::atomic<std::uint64_t> resumed_{0};
};

}  // namespace mailtap::bench
