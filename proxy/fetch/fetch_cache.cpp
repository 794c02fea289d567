#include "proxy/fetch/fetch_cache.h"

#include <algorithm>
#include <utility>

namespace mailtap::fetch {

namespace {

FetchCache::Body failed(const std::string& why) {
  return std::make_shared<const Result<std::string>>(fail(why));
}

}  // namespace

void FetchCache::get(const std::string& url, std::size_t max_bytes, const void* owner, Done done) {
  ask(url, url, {}, max_bytes, owner, std::move(done));
}

void FetchCache::post(const std::string& url, const Question& question, std::size_t max_bytes,
                      const void* owner, Done done) {
  http::ClientRequest request;
  request.method = "POST";
  request.fields = "Content-Type: " + question.content_type + "\r\n";
  request.body = question.body;
  ask(url + '\n' + question.body, url, std::move(request), max_bytes, owner, std::move(done));
}

void FetchCache::ask(const std::string& key, const std::string& url, http::ClientRequest request,
                     std::size_t max_bytes, const void* owner, Done done) {
  const auto found = entries_.find(key);
  if (found != entries_.end() && found->second.fetch != nullptr) {
    found->second.waiting.push_back({owner, std::move(done)});
    return;
  }
  if (found != entries_.end() && uv_now(network_.loop) < found->second.expires)
    return done(Body(found->second.body));
  auto parsed = http::parse_http_url(url);
  if (!parsed) return done(failed(parsed.error().message));
  const auto under_way = std::count_if(entries_.begin(), entries_.end(),
                                       [](const auto& entry) { return entry.second.fetch != nullptr; });
  if (static_cast<std::size_t>(under_way) >= max_at_once)
    return done(failed("too much is being fetched already"));
  make_room();
  request.url = std::move(*parsed);
  auto& entry = entries_[key];
  entry.waiting.push_back({owner, std::move(done)});
  entry.fetch = std::make_unique<http::Client>(
      network_, std::move(request), http::ClientLimits{time_allowed_, max_bytes},
      [this, key](Result<http::Answer> response) { finished(key, http::body_of(std::move(response))); });
  entry.fetch->start();
}

void FetchCache::finished(const std::string& key, Result<std::string> body) {
  auto& entry = entries_[key];
  ended_.push_back(std::move(entry.fetch));
  entry.body = std::make_shared<const Result<std::string>>(std::move(body));
  entry.expires =
      uv_now(network_.loop) + static_cast<std::uint64_t>(std::chrono::milliseconds(lifetime).count());
  telling_ = true;
  // One of those told may take back what another has asked, or ask for more.
  while (!entry.waiting.empty()) {
    const auto next = std::move(entry.waiting.back());
    entry.waiting.pop_back();
    next.done(entry.body);
  }
  telling_ = false;
}

void FetchCache::make_room() {
  if (telling_) return;  // the fetch that tells is still on the stack
  ended_.clear();
  if (entries_.size() < max_kept) return;
  std::erase_if(entries_, [](const auto& entry) { return entry.second.fetch == nullptr; });
}

void FetchCache::forget(const void* owner) {
  for (auto& [url, entry] : entries_)
    std::erase_if(entry.waiting, [&](const Waiting& waiting) { return waiting.owner == owner; });
}

void FetchCache::stop() {
  entries_.clear();
  ended_.clear();
}

}  // namespace mailtap::fetch
