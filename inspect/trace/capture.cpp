#include "inspect/trace/capture.h"

#include <algorithm>

#include <mbedtls/platform_util.h>

#include "inspect/record.h"
#include "inspect/trace/trace_json.h"

namespace mailtap::trace {

using inspect::Side;
using tls::Sender;

Capture::Capture(std::shared_ptr<const CaptureSettings> settings, std::shared_ptr<Budget> budget)
    : settings_(std::move(settings)),
      budget_(std::move(budget)),
      began_(Steady::now()),
      began_at_(std::chrono::system_clock::now()),
      downstream_{.decoder = new_decoder()},
      upstream_{.decoder = new_decoder()} {}

Capture::~Capture() {
  budget_->give_back(taken_);
  mbedtls_platform_zeroize(secrets_.data(), secrets_.size());
}

HandshakeDecoder Capture::new_decoder() const {
  return HandshakeDecoder(settings_->observed ? HandshakeDecoder::Secrets::none
                                              : HandshakeDecoder::Secrets::expected);
}

/// Packets beyond the process's budget are left out; bytes_kept tells.
void Capture::keep(Buffer packet) {
  if (!budget_->take(packet.size())) return;
  taken_ += packet.size();
  packets_.push_back({Steady::now(), std::move(packet)});
}

void Capture::opened(Side side, const IpEndpoint& client, const IpEndpoint& server) {
  auto& leg = leg_of(side);
  leg.decoder = new_decoder();  // of an earlier connection to a server that is asked once more
  if (!settings_->packets) return;
  leg.framing.emplace(client, server);
  for (auto& packet : leg.framing->open()) keep(std::move(packet));
}

void Capture::bytes(Side side, Sender from, Bytes bytes) {
  auto& leg = leg_of(side);
  if (!leg.decoder.over())
    leg.decoder.see(from, bytes, std::chrono::duration_cast<microseconds>(Steady::now() - began_));
  leg.seen += bytes.size();
  if (!leg.framing) return;
  while (!bytes.empty()) {
    auto size = std::min(bytes.size(), TcpFraming::max_payload);
    if (settings_->snap_length != 0)
      size = static_cast<std::size_t>(std::min<std::uint64_t>(size, settings_->snap_length - leg.kept));
    if (size == 0 || !budget_->take(size)) return leg.framing->skip(from, bytes.size());
    taken_ += size;
    packets_.push_back({Steady::now(), leg.framing->data(from, bytes.first(size))});
    leg.kept += size;
    bytes = bytes.subspan(size);
  }
}

void Capture::ended(Side side, Sender from) {
  if (auto& leg = leg_of(side); leg.framing) keep(leg.framing->end(from));
}

void Capture::was_reset(Side side, Sender from) {
  if (auto& leg = leg_of(side); leg.framing) keep(leg.framing->reset(from));
}

void Capture::secret(Side side, std::string_view line) {
  leg_of(side).decoder.learn_secret(line);
  if (settings_->secrets) secrets_.append(line).append(1, '\n');
}

LegTrace Capture::trace_of(const Leg& leg) const {
  return {leg.decoder.facts(), leg.seen, leg.kept};
}

inspect::HandshakeMessages Capture::messages() const {
  const auto of = [](const Leg& leg) {
    std::vector<inspect::HandshakeMessage> list;
    for (const auto& event : leg.decoder.facts().events) {
      auto name = name_of(event);
      if (name.empty()) name = to_string(event.kind);
      if (event.kind == HandshakeEvent::Kind::alert)
        name.insert(0, event.number < 0 ? "encrypted " : "alert ");
      list.push_back({event.at, event.sender == Sender::client, std::move(name), event.size, event.fatal});
    }
    return list;
  };
  return {of(downstream_), of(upstream_)};
}

std::unique_ptr<Item> Capture::finish(const inspect::ConnectionRecord& connection,
                                      const std::vector<Buffer>& chain) {
  if (!settings_->filter.passes(connection)) return nullptr;
  auto item = std::make_unique<Item>();
  item->json = to_json(connection, trace_of(downstream_), trace_of(upstream_), chain);
  if (packets_.empty()) return item;
  if (!secrets_.empty()) pcapng::add_secrets(item->packets, secrets_);
  auto comment = "mailtap connection " + std::to_string(connection.id) + ", route " + connection.route;
  for (const auto& packet : packets_) {
    const auto at = std::chrono::time_point_cast<std::chrono::nanoseconds>(began_at_) +
                    std::chrono::duration_cast<std::chrono::nanoseconds>(packet.at - began_);
    pcapng::add_packet(item->packets, at, packet.bytes, std::exchange(comment, {}));
  }
  return item;
}

}  // namespace mailtap::trace
