#include "proxy/fetch/lookups.h"

#include <algorithm>
#include <utility>

#include "certs/verify/trust_store_contents.h"

namespace mailtap::fetch {

namespace {

/// The name doesn't bear on what there is to look up.
std::array<std::uint8_t, 32> key_of(const LookupRequest& request) {
  const auto& identity = request.trust->contents().identity;
  Buffer all(identity.begin(), identity.end());
  all.push_back(static_cast<std::uint8_t>((request.issuers ? 1 : 0) + (request.lists ? 2 : 0) +
                                          (request.responses ? 4 : 0)));
  for (const auto& certificate : request.chain) {
    const auto digest = certs::sha256_of(certificate);
    all.insert(all.end(), digest.begin(), digest.end());
  }
  return certs::sha256_of(all);
}

}  // namespace

std::shared_ptr<const LookupResult> Lookups::find(const LookupRequest& request) {
  ended_.clear();
  const auto key = key_of(request);
  const auto found = entries_.find(key);
  if (found == entries_.end() ||
      (found->second.lookup == nullptr && uv_now(network_.loop) >= found->second.expires))
    begin(key, request);
  const auto now = entries_.find(key);
  return now == entries_.end() ? nullptr : now->second.result;
}

void Lookups::begin(const Key& key, const LookupRequest& request) {
  if (under_way_ >= max_at_once) return;  // the next connection tries again
  if (entries_.size() >= max_kept)
    std::erase_if(entries_, [](const auto& entry) { return entry.second.lookup == nullptr; });
  auto& entry = entries_[key];
  ++under_way_;
  entry.lookup = std::make_unique<Lookup>(
      cache_, request, [this, key](LookupResult result) { finished(key, std::move(result)); });
  entry.lookup->start();
}

void Lookups::finished(const Key& key, LookupResult result) {
  --under_way_;
  auto& entry = entries_[key];
  ended_.push_back(std::move(entry.lookup));
  using std::chrono::milliseconds;
  auto keep = milliseconds(result.failed ? lifetime_of_failure : lifetime);
  const auto left =
      result.lists_until - std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (left > std::chrono::seconds(0))
    keep = std::min(keep, milliseconds(std::min<std::chrono::seconds>(left, lifetime)));
  entry.expires = uv_now(network_.loop) + static_cast<std::uint64_t>(keep.count());
  entry.result = std::make_shared<const LookupResult>(std::move(result));
}

void Lookups::stop() {
  entries_.clear();
  ended_.clear();
  cache_.stop();
}

}  // namespace mailtap::fetch
