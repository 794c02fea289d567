#include "proxy/runtime/chain_verifier.h"

#include <chrono>
#include <utility>

#include "inspect/record.h"

namespace mailtap::proxy {

namespace {

auto now_in_seconds() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace

class ChainVerifier::Batched final : public Work {
 public:
  Batched(ChainVerifier& verifier, std::shared_ptr<const certs::TrustStore> trust, std::function<void()> done)
      : trust_(std::move(trust)), task_(*verifier.batcher_, verifier.stacks_, std::move(done)) {}

  void start(ChainVerifier& verifier, const Question& question, inspect::ConnectionRecord& record) {
    task_.start([this, &verifier, question, &record] { verifier.verify(question, *trust_, record); });
  }
  bool waits() const { return task_.waiting(); }
  void finish_now() override { task_.finish_now(); }

 private:
  std::shared_ptr<const certs::TrustStore> trust_;
  crypto::Task task_;
};

std::unique_ptr<Verifier::Work> ChainVerifier::verify(const Question& question,
                                                      inspect::ConnectionRecord& record,
                                                      std::function<void()> done) {
  auto trust = trust_for(question, record);
  if (batcher_ == nullptr) {
    verify(question, *trust, record);
    return nullptr;
  }
  auto work = std::make_unique<Batched>(*this, std::move(trust), std::move(done));
  work->start(*this, question, record);
  if (!work->waits()) return nullptr;
  return work;
}

void ChainVerifier::verify_now(const Question& question, inspect::ConnectionRecord& record) {
  verify(question, *trust_for(question, record), record);
}

std::unique_ptr<Verifier::Waiting> ChainVerifier::await_system(const inspect::ConnectionRecord& record,
                                                               std::function<void()> done) {
  return system_.await(record.windows, std::move(done));
}

/// The route's, with the revocation lists and OCSP responses that are known by now if the route wants them.
std::shared_ptr<const certs::TrustStore> ChainVerifier::trust_for(const Question& question,
                                                                  inspect::ConnectionRecord& record) {
  const auto& route = question.route;
  const auto& settings = route.settings;
  if (!settings.fetch_aia && !settings.fetch_crl && !settings.fetch_ocsp) return route.trust;
  const auto known = lookups_.find({.trust = route.trust,
                                    .question = {question.name, now_in_seconds()},
                                    .chain = question.chain,
                                    .issuers = settings.fetch_aia,
                                    .lists = settings.fetch_crl,
                                    .responses = settings.fetch_ocsp});
  record.lookup_pending = known == nullptr;
  if (known == nullptr) return route.trust;
  record.looked_up = known->found;
  return known->trust;
}

void ChainVerifier::verify(const Question& question, const certs::TrustStore& trust,
                           inspect::ConnectionRecord& record) {
  record.verdict =
      verdicts_.verify(question.chain, trust,
                       {question.name, now_in_seconds(), certs::Profile::rfc5280, question.route.language,
                        question.route.settings.client, question.stapled});
  record.windows =
      system_.ask(question.chain, question.name, now_in_seconds(), question.route.settings.fetch_aia);
  record.verdict_source = question.source;
}

}  // namespace mailtap::proxy
