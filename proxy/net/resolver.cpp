#include "proxy/net/resolver.h"

#include <algorithm>

namespace mailtap::net {

struct Resolver::Request {
  uv_getaddrinfo_t uv;
  Resolver* resolver;
  std::string key;
};

Resolver::~Resolver() {
  for (auto& [key, entry] : entries_) {
    if (entry.request == nullptr) continue;
    entry.request->resolver = nullptr;
    uv_cancel(reinterpret_cast<uv_req_t*>(&entry.request->uv));
  }
}

void Resolver::resolve(const config::Endpoint& endpoint, const void* owner, Answer answer) {
  if (const auto literal = Address::parse(endpoint.host, endpoint.port)) return answer({*literal}, 0);

  const auto key = endpoint.to_string();
  auto& entry = entries_[key];
  if (!entry.addresses.empty() && uv_now(loop_) < entry.expires) {
    const auto addresses = entry.addresses;
    return answer(addresses, 0);
  }
  entry.waiting.push_back({owner, std::move(answer)});
  if (entry.request != nullptr) return;

  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  auto request = std::make_unique<Request>(Request{{}, this, key});
  const auto on_answer = [](uv_getaddrinfo_t* uv, int status, addrinfo* result) {
    const std::unique_ptr<Request> done(reinterpret_cast<Request*>(uv));
    std::vector<Address> addresses;
    for (const auto* info = result; info != nullptr; info = info->ai_next)
      if (info->ai_family == AF_INET || info->ai_family == AF_INET6) addresses.emplace_back(*info->ai_addr);
    uv_freeaddrinfo(result);
    if (done->resolver != nullptr) done->resolver->finished(done->key, std::move(addresses), status);
  };
  const int status = uv_getaddrinfo(loop_, &request->uv, on_answer, endpoint.host.c_str(),
                                    std::to_string(endpoint.port).c_str(), &hints);
  if (status != 0) return finished(key, {}, status);
  entry.request = request.release();
}

void Resolver::finished(const std::string& key, std::vector<Address> addresses, int status) {
  auto& entry = entries_[key];
  entry.request = nullptr;
  entry.addresses = std::move(addresses);
  entry.expires = uv_now(loop_) + static_cast<std::uint64_t>(std::chrono::milliseconds(lifetime).count());
  const auto waiting = std::exchange(entry.waiting, {});
  const auto answer = entry.addresses;  // a handler may ask again and change the entry
  if (answer.empty()) entries_.erase(key);
  for (const auto& one : waiting) one.answer(answer, answer.empty() && status == 0 ? UV_EAI_NODATA : status);
}

void Resolver::forget(const void* owner) {
  for (auto& [key, entry] : entries_) {
    // Emptied in place: this may be called from within an answer.
    std::erase_if(entry.waiting, [&](const Waiting& one) { return one.owner == owner; });
  }
}

}  // namespace mailtap::net
