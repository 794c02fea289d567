#include "proxy/connection/recording.h"

#include "inspect/record.h"

namespace mailtap::proxy {

namespace {

/// Of a capture that keeps no packets and isn't written.
std::shared_ptr<const trace::CaptureSettings> for_messages_alone(bool observed) {
  static const auto make = [](bool is_observed) {
    trace::CaptureSettings settings;
    settings.packets = false;
    settings.observed = is_observed;
    return std::make_shared<const trace::CaptureSettings>(settings);
  };
  static const auto ours = make(false), observers = make(true);
  return observed ? observers : ours;
}

}  // namespace

void Recording::begin(inspect::Watcher* watcher) {
  if (!route_->traces) {
    static const auto no_memory = std::make_shared<trace::Budget>(0);
    if (watcher != nullptr && watcher->wants_messages())
      capture_ = std::make_shared<trace::Capture>(for_messages_alone(route_->capture.observed), no_memory);
    return;
  }
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

std::shared_ptr<const inspect::HandshakeMessages> Recording::messages() const {
  return capture_ ? std::make_shared<const inspect::HandshakeMessages>(capture_->messages()) : nullptr;
}

void Recording::write(const inspect::ConnectionRecord& record, const std::vector<Buffer>& chain) {
  if (is_for_trace()) route_->traces->write(capture_->finish(record, chain));
}

}  // namespace mailtap::proxy
