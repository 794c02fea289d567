#include "proxy/judging.h"

namespace mailtap::proxy {

namespace {

auto now_in_seconds() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace

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

void judge(WorkerServices& services, const RunningRoute& route, const std::string& name,
           const std::vector<Buffer>& chain, const certs::TrustStore& by, inspect::VerdictSource source,
           inspect::Connection& record) {
  record.verdict =
      services.verdicts.judge(chain, by, {name, now_in_seconds(), certs::Profile::rfc5280, route.language});
  record.verdict_source = source;
}

}  // namespace mailtap::proxy
