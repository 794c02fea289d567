#include "proxy/connection/dialling.h"

#include "inspect/record.h"
#include "proxy/ingress/proxy_header.h"

namespace mailtap::proxy {

using inspect::Reason;
using inspect::Side;

inspect::Ending ending_of(const net::DialFailure& failure, const std::string& host) {
  using Kind = net::DialFailure::Kind;
  switch (failure.kind) {
    case Kind::not_resolved: return {Reason::resolve_failed, Side::upstream, host + ": " + failure.detail};
    case Kind::loops: return {Reason::loop, Side::mailtap, host + " is where mailtap itself listens"};
    case Kind::out_of_descriptors: return {Reason::out_of_descriptors, Side::mailtap, failure.detail};
    case Kind::timed_out: return {Reason::connect_timeout, Side::upstream, {}};
    case Kind::not_connected: break;
  }
  return {Reason::connect_failed, Side::upstream, failure.detail};
}

void send_preface(net::Stream& upstream, const Context& context) {
  const auto version = context.settings().ingress.send_proxy_protocol;
  if (version == config::ProxyVersion::none) return;
  upstream.send(ingress::make_proxy_header(version, context.client, context.destination));
}

}  // namespace mailtap::proxy
