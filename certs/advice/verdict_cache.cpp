#include "certs/advice/verdict_cache.h"

#include <functional>
#include <utility>

#include "certs/advice/full_verdict.h"
#include "certs/model/stapled.h"
#include "certs/verify/trust_store_contents.h"

namespace mailtap::certs {

namespace {

/// A key of more bytes isn't worth its memory: such chains are no server's.
constexpr std::size_t max_key = std::size_t{64} << 10;

void append(Buffer& key, Bytes bytes) {
  for (int shift = 24; shift >= 0; shift -= 8)
    key.push_back(static_cast<std::uint8_t>(bytes.size() >> shift));
  key.insert(key.end(), bytes.begin(), bytes.end());
}

void write_key(Buffer& key, const std::vector<Buffer>& sent, const TrustStore& anchors,
               const Question& question) {
  key.clear();
  key.push_back(static_cast<std::uint8_t>(question.profile));
  key.push_back(static_cast<std::uint8_t>(question.language));
  append(key, anchors.contents().identity);
  append(key, as_bytes(question.name));
  append(key, as_bytes(question.client));
  key.push_back(question.stapled == nullptr ? 0 : 1);
  if (question.stapled != nullptr) {
    append(key, question.stapled->ocsp);
    append(key, question.stapled->timestamps);
  }
  for (const auto& certificate : sent) append(key, certificate);
}

}  // namespace

std::shared_ptr<const Verdict> VerdictCache::verify(const std::vector<Buffer>& sent,
                                                    const TrustStore& anchors, const Question& question) {
  write_key(key_, sent, anchors, question);
  const auto hash = std::hash<std::string_view>{}(as_text(key_));
  const auto found = by_hash_.find(hash);
  if (found != by_hash_.end()) {
    const auto entry = found->second;
    const auto& verdict = *entry->verdict;
    if (entry->key == key_ && question.at >= verdict.holds_from && question.at < verdict.holds_until) {
      entries_.splice(entries_.begin(), entries_, entry);
      ++hits_;
      return entry->verdict;
    }
    // Another question of the same hash, or the same one at another time: the new answer takes its place.
    entries_.erase(entry);
    by_hash_.erase(found);
  }
  ++misses_;
  // While this one waits for its signatures, others may be asked: nothing of the cache is held meanwhile.
  auto key = std::exchange(key_, {});
  auto verdict = std::make_shared<const Verdict>(certs::full_verdict(sent, anchors, question, signatures_));
  if (key.size() <= max_key) remember(hash, std::move(key), verdict);
  return verdict;
}

void VerdictCache::remember(std::size_t hash, Buffer key, std::shared_ptr<const Verdict> verdict) {
  if (capacity_ == 0) return;
  if (const auto found = by_hash_.find(hash); found != by_hash_.end()) {
    entries_.erase(found->second);
    by_hash_.erase(found);
  }
  if (entries_.size() >= capacity_) {
    by_hash_.erase(entries_.back().hash);
    entries_.pop_back();
  }
  entries_.push_front({std::move(key), hash, std::move(verdict)});
  by_hash_[hash] = entries_.begin();
}

}  // namespace mailtap::certs
