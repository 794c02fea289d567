// Verifies chains by what a worker remembers and may look up, its signatures batched with those of others.
#pragma once

#include <optional>

#include "certs/advice/verdict_cache.h"
#include "proxy/connection/verifier.h"
#include "proxy/fetch/lookups.h"
#include "proxy/runtime/system_judge.h"
#include "tls/crypto/batcher.h"

namespace mailtap::proxy {

class ChainVerifier final : public Verifier {
 public:
  /// All outlive it. `batcher`: null, if nothing is batched.
  ChainVerifier(fetch::Lookups& lookups, crypto::Batcher* batcher, SystemJudge& system)
      : lookups_(lookups), batcher_(batcher), system_(system) {}

  std::unique_ptr<Work> verify(const Question& question, inspect::ConnectionRecord& record,
                               std::function<void()> done) override;
  void verify_now(const Question& question, inspect::ConnectionRecord& record) override;
  std::unique_ptr<Waiting> await_system(const inspect::ConnectionRecord& record,
                                        std::function<void()> done) override;

 private:
  class Batched;
  std::shared_ptr<const certs::TrustStore> trust_for(const Question& question,
                                                     inspect::ConnectionRecord& record);
  void verify(const Question& question, const certs::TrustStore& trust, inspect::ConnectionRecord& record);

  fetch::Lookups& lookups_;
  crypto::Batcher* batcher_;
  SystemJudge& system_;
  certs::VerdictCache verdicts_;
  /// Looking for a path through a chain goes deeper than a handshake.
  crypto::StackPool stacks_{certs::verification_stack, 8};
};

}  // namespace mailtap::proxy
