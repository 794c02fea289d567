#include "proxy/runtime/system_judge.h"

#include <algorithm>
#include <utility>

#include "certs/model/certificate.h"

namespace mailtap::proxy {

namespace {

/// Of the whole question but the time.
std::string key_of(const std::vector<Buffer>& chain, const std::string& name, bool may_fetch) {
  Buffer all;
  for (const auto& certificate : chain) {
    const auto digest = certs::sha256_of(certificate);
    all.insert(all.end(), digest.begin(), digest.end());
  }
  all.insert(all.end(), name.begin(), name.end());
  all.push_back(may_fetch ? 1 : 0);
  const auto digest = certs::sha256_of(all);
  return {digest.begin(), digest.end()};
}

}  // namespace

struct SystemJudge::Waiter final : Verifier::Waiting {
  Waiter(SystemJudge& its_judge, std::shared_ptr<const certs::SystemAnswer> its_answer,
         std::function<void()> its_done)
      : judge(its_judge), answer(std::move(its_answer)), done(std::move(its_done)) {
    judge.waiters_.push_back(this);
  }
  ~Waiter() override { std::erase(judge.waiters_, this); }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  SystemJudge& judge;
  std::shared_ptr<const certs::SystemAnswer> answer;
  std::function<void()> done;
};

SystemJudge::Ask SystemJudge::of_this_system() {
  return certs::system_judges() ? Ask(certs::ask_system) : Ask();
}

std::shared_ptr<const certs::SystemAnswer> SystemJudge::ask(const std::vector<Buffer>& chain,
                                                            const std::string& name, Time at,
                                                            bool may_fetch) {
  if (!ask_ || chain.empty()) return nullptr;
  auto key = key_of(chain, name, may_fetch);
  const auto known = entries_.find(key);
  if (known != entries_.end() && at < known->second.asked_at + remembered) return known->second.answer;
  if (known == entries_.end()) {
    if (entries_.size() == capacity) {
      entries_.erase(oldest_first_.front());
      oldest_first_.pop_front();
    }
    oldest_first_.push_back(key);
  }
  // Those who hold the old answer keep it.
  auto& entry = entries_[std::move(key)];
  entry.answer = std::make_shared<certs::SystemAnswer>();
  entry.asked_at = at;
  const auto found = std::make_shared<certs::SystemVerdict>();
  entry.task = background_.run(
      [ask = ask_, found, chain, name, at, may_fetch] { *found = ask(chain, name, at, may_fetch); },
      [this, answer = entry.answer, found] {
        answer->verdict = *found;
        tell_waiters();
      });
  return entry.answer;
}

std::unique_ptr<Verifier::Waiting> SystemJudge::await(std::shared_ptr<const certs::SystemAnswer> answer,
                                                      std::function<void()> done) {
  if (!answer || answer->verdict) return nullptr;
  return std::make_unique<Waiter>(*this, std::move(answer), std::move(done));
}

/// One after the other, as each may begin or end what others wait for.
void SystemJudge::tell_waiters() {
  const auto has_answer = [](const Waiter* waiter) { return waiter->answer->verdict.has_value(); };
  for (auto next = std::find_if(waiters_.begin(), waiters_.end(), has_answer); next != waiters_.end();
       next = std::find_if(waiters_.begin(), waiters_.end(), has_answer)) {
    const auto* waiter = *next;
    waiters_.erase(next);
    waiter->done();
  }
}

}  // namespace mailtap::proxy
