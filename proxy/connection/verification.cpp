#include "proxy/connection/verification.h"

namespace mailtap::proxy {

namespace {

auto now_in_seconds() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace

std::string configured_name(const config::Route& route, const config::Endpoint& target,
                            const std::string& sni) {
  if (!route.name.empty()) return route.name;
  return route.insertion.connect_proxy || sni.empty() ? target.host : sni;
}

std::shared_ptr<const certs::TrustStore> look_up(WorkerServices& services, const RunningRoute& route,
                                                 const std::string& name, const std::vector<Buffer>& chain,
                                                 inspect::Connection& record) {
  const auto& settings = route.settings;
  if (!settings.fetch_aia && !settings.fetch_crl) return route.trust;
  const auto known = services.lookups.find(
      {route.trust, {name, now_in_seconds()}, chain, settings.fetch_aia, settings.fetch_crl});
  record.lookup_pending = known == nullptr;
  if (known == nullptr) return route.trust;
  record.looked_up = known->found;
  return known->trust;
}

void verify(WorkerServices& services, const RunningRoute& route, const std::string& name,
            const std::vector<Buffer>& chain, const certs::TrustStore& by, inspect::VerdictSource source,
            inspect::Connection& record) {
  record.verdict =
      services.verdicts.judge(chain, by, {name, now_in_seconds(), certs::Profile::rfc5280, route.language});
  record.verdict_source = source;
}

Decision decide_on(const RunningRoute& route, const std::string& name, inspect::Connection& record) {
  const auto& file = route.pin_file;
  const auto& verdict = *record.verdict;
  auto decision = decide(route.policy, verdict, file ? file->pins_of(name) : std::vector<std::string>{});
  if (decision.basis == Basis::first_use) {
    const auto remembered = file->remember(name, pin_of(verdict));
    if (!remembered) return {.proceed = false, .reason = remembered.error().message};
    // Another connection may have been first, with another key.
    if (*remembered != std::vector{pin_of(verdict)}) decision = decide(route.policy, verdict, *remembered);
  }
  if (decision.proceed) record.decided_by = to_string(decision.basis);
  record.unprotected = decision.unprotected;
  return decision;
}

}  // namespace mailtap::proxy
