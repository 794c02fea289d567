#include "proxy/connection/verification.h"

#include "certs/verify/verdict.h"
#include "inspect/record.h"

namespace mailtap::proxy {

std::string configured_name(const config::Route& route, const config::Endpoint& target,
                            const std::string& sni) {
  if (!route.name.empty()) return route.name;
  return route.ingress.connect_proxy || sni.empty() ? target.host : sni;
}

Decision decide_on(const RunningRoute& route, const std::string& name, inspect::ConnectionRecord& record) {
  const auto& file = route.pin_file;
  const auto& verdict = *record.verdict;
  auto decision = decide(route.policy, verdict, file ? file->pins_of(name) : std::vector<std::string>{});
  if (decision.basis == Basis::first_use) {
    const auto remembered = file->remember(name, pin_of(verdict));
    if (!remembered) return {.proceed = false, .reason = remembered.error().message};
    // Another connection may have been first, with another key.
    if (*remembered != std::vector{pin_of(verdict)}) decision = decide(route.policy, verdict, *remembered);
  }
  if (decision.proceed) record.decided_by = decision.basis;
  record.unprotected = decision.unprotected;
  return decision;
}

}  // namespace mailtap::proxy
