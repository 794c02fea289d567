#include "proxy/runtime/probes.h"

#include <algorithm>
#include <utility>

namespace mailtap::proxy {

Probes::~Probes() = default;

void Probes::ask(const Question& question, const void* owner, Answer answer) {
  ended_.clear();
  const bool is_somewhere = question.address.port() != 0;
  if (!is_somewhere) return answer(std::make_shared<Probed>(Probed{{}, "its address isn't known"}));
  const Key key{question.address.to_string(), question.starttls, question.sni, question.version,
                question.proxy_protocol,      question.offer_key};
  auto found = entries_.find(key);
  const bool is_known = found != entries_.end() && found->second.probed != nullptr &&
                        uv_now(network_.loop) < found->second.expires;
  if (is_known) return answer(found->second.probed);
  if (found == entries_.end() || found->second.probe == nullptr) {
    if (is_busy(question))
      return answer(std::make_shared<Probed>(Probed{{}, "too many probes were under way"}));
    if (found == entries_.end()) {
      make_room();
      found = entries_.try_emplace(key).first;
    }
    if (!begin(key, found->second, question)) {
      entries_.erase(found);
      return answer(std::make_shared<Probed>(Probed{{}, "the hello can't be played"}));
    }
  }
  found->second.waiting.push_back({owner, std::move(answer)});
}

bool Probes::is_busy(const Question& question) const {
  return under_way_ >= max_at_once ||
         (!question.offer_key.empty() && trials_under_way_ >= max_trials_at_once);
}

/// False: the hello isn't one.
bool Probes::begin(const Key& key, Entry& entry, const Question& question) {
  if (!question.offer_key.empty() && !entry.offer) {
    auto offer = tls::offer::read_offer(question.hello);
    if (!offer) return false;
    entry.offer = std::make_shared<const tls::offer::Offer>(std::move(*offer));
  }
  probe::ProbeRequest request;
  request.offer = entry.offer;
  request.address = question.address;
  request.starttls = probe::starttls_of(question.starttls.value_or(config::Protocol::raw));
  request.sni = question.sni;
  request.version = question.version;
  request.proxy_protocol = question.proxy_protocol;
  request.timeout = timeout;
  ++under_way_;
  if (entry.offer) ++trials_under_way_;
  entry.probe = std::make_unique<probe::Probe>(
      network_, std::move(request),
      [this, key](probe::ProbeResult result) { finished(key, std::move(result)); });
  entry.probe->start();
  return true;
}

void Probes::finished(const Key& key, probe::ProbeResult result) {
  --under_way_;
  auto& entry = entries_[key];
  ended_.push_back(std::move(entry.probe));
  if (entry.offer) return trial_finished(entry, std::move(result));
  const bool failed = result.chain.empty();
  auto problem = failed && result.detail.empty() ? std::string("it showed no certificate") : result.detail;
  entry.probed = std::make_shared<const Probed>(Probed{
      std::move(result.chain), failed ? std::move(problem) : "", std::move(result.stapled), nullptr, {}});
  entry.expires =
      uv_now(network_.loop) + static_cast<std::uint64_t>((failed ? lifetime_of_failure : lifetime).count());
  const auto probed = entry.probed;
  for (const auto& [owner, answer] : std::exchange(entry.waiting, {})) answer(probed);
}

void Probes::trial_finished(Entry& entry, probe::ProbeResult result) {
  --trials_under_way_;
  const bool is_agreed = result.trial.end == tls::offer::Answer::End::answered;
  entry.expires = uv_now(network_.loop) +
                  static_cast<std::uint64_t>((is_agreed ? lifetime_of_terms : lifetime_of_refusal).count());
  entry.probed = std::make_shared<const Probed>(Probed{{}, {}, {}, entry.offer, std::move(result.trial)});
  const auto probed = entry.probed;
  for (const auto& [owner, answer] : std::exchange(entry.waiting, {})) answer(probed);
}

/// What clients ask for is up to them: names that nobody asks for again go first.
void Probes::make_room() {
  if (entries_.size() < max_kept) return;
  auto oldest = entries_.end();
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    const bool is_older = oldest == entries_.end() || entry->second.expires < oldest->second.expires;
    if (entry->second.probe == nullptr && is_older) oldest = entry;
  }
  if (oldest != entries_.end()) entries_.erase(oldest);
}

void Probes::forget(const void* owner) {
  for (auto& [key, entry] : entries_)
    std::erase_if(entry.waiting, [owner](const Waiting& waiting) { return waiting.owner == owner; });
}

void Probes::stop() {
  entries_.clear();
  ended_.clear();
}

}  // namespace mailtap::proxy
