// The load client of the batched load.
#pragma once

#include "bench/tool/batched_loop.h"
#include "bench/tool/load.h"
#include "bench/tool/scenario.h"
#include "tls/session.h"

namespace mailtap::bench {

class BatchedClient final : public LoadClient {
 public:
  /// `loop` outlives it. `name`: sent as SNI.
  BatchedClient(BatchedLoop& loop, Scenario scenario, std::string name);
  ~BatchedClient() override;

  using LoadClient::run;
  /// One at a time of all clients of the loop.
  Load run(const sockaddr* address, socklen_t size, const Batch& batch) override;
  void let_go() override;

 private:
  class Connection;
  class Run;

  tls::ClientParameters parameters();
  void keep(tls::SavedSession session);

  BatchedLoop& loop_;
  Scenario scenario_;
  std::string name_;
  std::vector<tls::SavedSession> sessions_;  // newest last
  std::vector<std::unique_ptr<BatchedEndpoint>> held_;
};

}  // namespace mailtap::bench
