#include "proxy/connection/upstream_connector.h"

#include "proxy/ingress/proxy_header.h"

namespace mailtap::proxy {

using inspect::Reason;
using inspect::Side;

void UpstreamConnector::announce(config::ProxyVersion version, const net::Address& client,
                                 const net::Address& destination) {
  if (version != config::ProxyVersion::none)
    preface_ = ingress::make_proxy_header(version, client, destination);
}

void UpstreamConnector::begin(const config::Endpoint& upstream, std::chrono::milliseconds within) {
  until_ = uv_now(services_.loop) + static_cast<std::uint64_t>(within.count());
  delegate_.resolving(within);
  services_.resolver.resolve(upstream, this, [this, host = upstream.host](const auto& addresses, int status) {
    if (status != 0)
      return delegate_.not_connected(
          {Reason::resolve_failed, Side::upstream, host + ": " + uv_strerror(status)});
    addresses_.assign(addresses.rbegin(), addresses.rend());
    const auto own = [this](const auto& address) { return services_.own_listeners.contains(address); };
    if (std::erase_if(addresses_, own) > 0 && addresses_.empty())
      return delegate_.not_connected(
          {Reason::loop, Side::mailtap, host + " is where mailtap itself listens"});
    next_address();
  });
}

void UpstreamConnector::next_address() {
  while (!addresses_.empty()) {
    const auto address = addresses_.back();
    addresses_.pop_back();
    // An address that doesn't answer leaves the others their share of the time.
    const auto now = uv_now(services_.loop);
    const auto left = until_ > now ? until_ - now : 0;
    delegate_.connecting(address, std::chrono::milliseconds(left / (addresses_.size() + 1)));
    status_ = stream_.connect(address);
    if (status_ == 0) return stream_.send(preface_);  // queued until it is connected
    stream_.close();
  }
  const bool out_of_descriptors = status_ == UV_EMFILE || status_ == UV_ENFILE;
  delegate_.not_connected({out_of_descriptors ? Reason::out_of_descriptors : Reason::connect_failed,
                           out_of_descriptors ? Side::mailtap : Side::upstream, uv_strerror(status_)});
}

void UpstreamConnector::address_failed(int status) {
  status_ = status;
  stream_.close();
  next_address();
}

bool UpstreamConnector::deadline_passed() {
  if (addresses_.empty()) return false;
  stream_.close();
  next_address();
  return true;
}

}  // namespace mailtap::proxy
