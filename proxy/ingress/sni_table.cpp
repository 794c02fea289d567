#include "proxy/ingress/sni_table.h"

#include "config/base/text.h"

namespace mailtap::proxy::ingress {

SniTable::SniTable(const std::vector<config::SniRoute>& routes) {
  for (const auto& route : routes) by_pattern_.emplace(route.pattern, route.upstream);
}

const config::Endpoint* SniTable::find(std::string_view sni) const {
  if (!config::is_dns_name(sni)) return nullptr;
  auto pattern = to_lower_ascii(sni);
  if (const auto exact = by_pattern_.find(pattern); exact != by_pattern_.end()) return &exact->second;
  for (auto dot = pattern.find('.'); dot != std::string::npos; dot = pattern.find('.', 2)) {
    pattern.replace(0, dot, "*");
    if (const auto below = by_pattern_.find(pattern); below != by_pattern_.end()) return &below->second;
  }
  return nullptr;
}

}  // namespace mailtap::proxy::ingress
