#include "proxy/connection/recording.h"

#include "inspect/record.h"

namespace mailtap::proxy {

void Recording::begin() {
  if (!route_->traces) return;
  capture_ = std::make_shared<trace::Capture>(
      std::shared_ptr<const trace::CaptureSettings>(route_, &route_->capture), route_->traces->budget());
}

void Recording::opened(inspect::Side leg, const net::Address& client, const net::Address& server) {
  if (!capture_) return;
  const auto end = [](const net::Address& address) {
    return trace::IpEndpoint{.is_v6 = true, .address = address.host_key(), .port = address.port()};
  };
  capture_->opened(leg, end(client), end(server));
}

tls::KeylogSink Recording::keylog_of(inspect::Side leg) const {
  if (!capture_) return route_->keylog;
  return [capture = capture_, leg, file = route_->keylog](std::string_view line) {
    capture->secret(leg, line);
    if (file) file(line);
  };
}

void Recording::write(const inspect::ConnectionRecord& record, const std::vector<Buffer>& chain) {
  if (capture_) route_->traces->write(capture_->finish(record, chain));
}

}  // namespace mailtap::proxy
