#include "bench/tool/generator.h"

#include <openssl/crypto.h>

#include "bench/tool/batched_client.h"
#include "bench/tool/batched_upstream.h"
#include "bench/tool/openssl_client.h"
#include "bench/tool/openssl_upstream.h"
#include "tls/crypto/backend.h"

namespace mailtap::bench {

Result<Generator> Generator::make(Generation generation) {
  if (generation == Generation::openssl) return Generator(nullptr);
  auto loop = BatchedLoop::start();
  if (!loop) return tl::unexpected(loop.error());
  return Generator(std::move(*loop));
}

Result<std::unique_ptr<Upstream>> Generator::upstream(const Scenario& scenario,
                                                      const Material& material) const {
  if (loop_) return BatchedUpstream::start(*loop_, scenario, material);
  return OpensslUpstream::start(scenario, material);
}

Result<std::unique_ptr<LoadClient>> Generator::client(const Scenario& scenario,
                                                      const std::string& name) const {
  if (loop_) return std::make_unique<BatchedClient>(*loop_, scenario, name);
  return OpensslClient::make(scenario, name);
}

std::string describe(Generation generation) {
  return generation == Generation::batched ? "batched sessions, " + crypto::describe_backend()
                                           : OpenSSL_version(OPENSSL_VERSION);
}

}  // namespace mailtap::bench
