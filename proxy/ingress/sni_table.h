// Which upstream a name is routed to.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/ingress.h"

namespace mailtap::proxy::ingress {

class SniTable {
 public:
  explicit SniTable(const std::vector<config::SniRoute>& routes);

  bool empty() const { return by_pattern_.empty(); }
  /// The upstream of `sni` as the client sent it, upper and lower case alike: of its own entry, else of the
  /// longest *.SUFFIX that it is below. Null: it has none, as whatever isn't a DNS name.
  const config::Endpoint* find(std::string_view sni) const;

 private:
  std::map<std::string, config::Endpoint, std::less<>> by_pattern_;
};

}  // namespace mailtap::proxy::ingress
