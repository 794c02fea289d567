// Who makes the load: by OpenSSL, or by this project's own sessions.
#pragma once

#include <memory>

#include "bench/tool/batched_loop.h"
#include "bench/tool/load.h"
#include "bench/tool/material.h"
#include "bench/tool/upstream.h"

namespace mailtap::bench {

enum class Generation {
  batched,  ///< our sessions, one thread for clients and upstream: costs less than what it measures
  openssl,  ///< a thread each: independent of what is measured, and dearer than it
};

/// Outlives what it makes.
class Generator {
 public:
  static Result<Generator> make(Generation generation);

  Result<std::unique_ptr<Upstream>> upstream(const Scenario& scenario, const Material& material) const;
  /// `name`: sent as SNI.
  Result<std::unique_ptr<LoadClient>> client(const Scenario& scenario, const std::string& name) const;

 private:
  explicit Generator(std::unique_ptr<BatchedLoop> loop) : loop_(std::move(loop)) {}
  std::unique_ptr<BatchedLoop> loop_;  // null: OpenSSL
};

/// "batched sessions, multibuffer (crypto_mb 1.0.11, OpenSSL 3.0.19)".
std::string describe(Generation generation);

}  // namespace mailtap::bench
