#include "proxy/connection/alpn.h"

#include <algorithm>

namespace mailtap::proxy {

namespace {

constexpr std::size_t max_offered = 32;

bool is_visible(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c <= '~'; });
}

bool has(const std::vector<std::string>& list, const std::string& one) {
  return std::find(list.begin(), list.end(), one) != list.end();
}

}  // namespace

std::vector<std::string> relayable_alpn(const std::vector<std::string>& offered, const config::Route& route) {
  std::vector<std::string> relayed;
  for (const auto& one : offered) {
    if (relayed.size() == max_offered) break;
    if (is_visible(one) && !has(relayed, one) && (!route.alpn || has(*route.alpn, one)))
      relayed.push_back(one);
  }
  return relayed;
}

}  // namespace mailtap::proxy
