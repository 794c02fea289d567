#include "proxy/runtime/ca_publication.h"

#include <utility>

namespace mailtap::proxy {

namespace {

constexpr std::string_view crl_suffix = ".crl";
constexpr std::string_view certificate_suffix = ".crt";

Result<PublishedCa> sign_one(const LocalCaPtr& ca, Time now) {
  const auto crl = ca->crl(now);
  if (!crl) return tl::unexpected(crl.error());
  return PublishedCa{ca, std::string(as_text(*crl)), now};
}

http::Response document(std::string_view type, std::string_view body) {
  // Short enough that a CRL fetched now is long valid when the cache asks again.
  constexpr std::chrono::hours fresh{1};
  return {.content_type = std::string(type), .body = std::string(body), .max_age = fresh};
}

}  // namespace

/// Signing takes milliseconds, and outlives whoever asked for it.
struct CaPublication::Renewal {
  uv_work_t uv;
  CaPublication* publication;
  std::string name;
  LocalCaPtr ca;
  Time now;
  Result<PublishedCa> made;
};

CaPublication::CaPublication(uv_loop_t* loop, const inspect::Messages& messages, Clock clock,
                             std::chrono::milliseconds check_every)
    : loop_(loop), messages_(messages), clock_(std::move(clock)), check_(loop, [this] { renew_due(); }) {
  check_.start(check_every, check_every);
}

CaPublication::~CaPublication() {
  for (const auto& [name, renewal] : renewals_) renewal->publication = nullptr;
}

Result<std::vector<PublishedCa>> CaPublication::sign(const std::vector<LocalCaPtr>& authorities, Time now) {
  std::map<std::string, PublishedCa> by_name;
  for (const auto& ca : authorities) {
    if (by_name.contains(ca->publication_name())) continue;
    auto made = sign_one(ca, now);
    if (!made) return tl::unexpected(made.error());
    by_name.emplace(ca->publication_name(), std::move(*made));
  }
  std::vector<PublishedCa> all;
  all.reserve(by_name.size());
  for (auto& [name, ca] : by_name) all.push_back(std::move(ca));
  return all;
}

void CaPublication::publish(std::vector<PublishedCa> authorities) {
  const std::lock_guard lock(mutex_);
  published_.clear();
  for (auto& each : authorities) {
    auto name = each.ca->publication_name();
    published_.emplace(std::move(name), std::move(each));
  }
}

/// Only the path's last part counts: the address that clients know may lead through another server.
http::Response CaPublication::answer(const http::Request& request) const {
  const auto file = std::string_view(request.path).substr(request.path.rfind('/') + 1);
  for (const auto suffix : {crl_suffix, certificate_suffix}) {
    if (!file.ends_with(suffix)) continue;
    const std::lock_guard lock(mutex_);
    const auto found = published_.find(std::string(file.substr(0, file.size() - suffix.size())));
    if (found == published_.end()) continue;
    const auto& [ca, crl, signed_at] = found->second;
    if (suffix == crl_suffix) return document("application/pkix-crl", crl);
    return document("application/pkix-cert", as_text(ca->chain().front()));
  }
  return http::plain(404);
}

void CaPublication::renew_due() {
  const auto now = clock_();
  for (const auto& [name, each] : published_) {
    // A clock that was set back makes one from the future.
    const bool is_fresh = now >= each.signed_at && now < each.signed_at + renew_after;
    if (is_fresh || renewals_.contains(name)) continue;
    auto* renewal = new Renewal{{}, this, name, each.ca, now, {}};
    renewals_.emplace(name, renewal);
    const auto run = [](uv_work_t* uv) {
      auto& work = *reinterpret_cast<Renewal*>(uv);
      work.made = sign_one(work.ca, work.now);
    };
    const auto done = [](uv_work_t* uv, int) {
      const std::unique_ptr<Renewal> work(reinterpret_cast<Renewal*>(uv));
      if (work->publication != nullptr) work->publication->renewed(work->name, std::move(work->made));
    };
    uv_queue_work(loop_, &renewal->uv, run, done);
  }
}

void CaPublication::renewed(const std::string& name, Result<PublishedCa> made) {
  renewals_.erase(name);
  if (!made) return messages_.warn("no new CRL could be made, the old one goes on: " + made.error().message);
  const std::lock_guard lock(mutex_);
  const auto old = published_.find(name);
  if (old != published_.end()) old->second = std::move(*made);  // else a reload has taken it away
}

}  // namespace mailtap::proxy
