// What is recorded of one connection while it lives: both legs' handshakes, and their bytes as on the wire.
//
//   proxy/ --bytes, secrets--> Capture --finish()--> Item --> TraceWriter's thread --> DIR/*.jsonl, *.pcapng
//
// A capture never fails and never waits: what doesn't fit its bounds is left out, and the trace says so.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "inspect/ending.h"
#include "inspect/handshake_messages.h"
#include "inspect/trace/filter.h"
#include "inspect/trace/handshake_decoder.h"
#include "inspect/trace/pcapng.h"
#include "inspect/trace/tcp_framing.h"

namespace mailtap::inspect {
struct ConnectionRecord;  // inspect/record.h
}

namespace mailtap::trace {

/// Memory that all captures of a process may take together. Thread-safe.
class Budget {
 public:
  explicit Budget(std::size_t most) : left_(most) {}
  bool take(std::size_t size) {
    auto left = left_.load(std::memory_order_relaxed);
    while (left >= size)
      if (left_.compare_exchange_weak(left, left - size, std::memory_order_relaxed)) return true;
    return false;
  }
  void give_back(std::size_t size) { left_.fetch_add(size, std::memory_order_relaxed); }

 private:
  std::atomic<std::size_t> left_;
};

struct CaptureSettings {
  std::size_t snap_length = std::size_t{64} * 1024;  ///< bytes kept of each leg, both directions; 0: all
  bool secrets = false;                              ///< the pcapng gets what decrypts it
  bool packets = true;                               ///< false: only what messages() tells is kept
  bool observed = false;                             ///< nobody knows the secrets: TLS isn't ended here
  Filter filter;
};

/// A finished connection, ready to be written.
struct Item {
  std::string json;  ///< one line, without the newline; docs/trace.schema.json
  Buffer packets;    ///< pcapng blocks; empty: none were kept
};

/// What a trace says of one leg.
struct LegTrace {
  HandshakeFacts handshake;
  std::uint64_t bytes_seen = 0;  ///< on the wire, both directions
  std::uint64_t bytes_kept = 0;  ///< of these, in the pcapng
};

class Capture {
 public:
  using Steady = std::chrono::steady_clock;

  /// Now is when the connection was accepted.
  Capture(std::shared_ptr<const CaptureSettings> settings, std::shared_ptr<Budget> budget);
  ~Capture();
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  // What happens to a leg's TCP connection; the client of the upstream leg is mailtap.
  void opened(inspect::Side leg, const IpEndpoint& client, const IpEndpoint& server);
  void bytes(inspect::Side leg, tls::Sender from, Bytes bytes);
  void ended(inspect::Side leg, tls::Sender from);
  void was_reset(inspect::Side leg, tls::Sender from);
  /// A line of SSLKEYLOGFILE of that leg's session.
  void secret(inspect::Side leg, std::string_view line);

  /// What was seen of both handshakes so far, in short.
  inspect::HandshakeMessages messages() const;

  /// The connection is over. `chain`: the upstream's certificates, DER. Null when the filter passes it over.
  std::unique_ptr<Item> finish(const inspect::ConnectionRecord& connection, const std::vector<Buffer>& chain);

 private:
  struct Packet {
    Steady::time_point at;
    Buffer bytes;
  };
  struct Leg {
    HandshakeDecoder decoder;
    std::optional<TcpFraming> framing{};
    std::uint64_t seen = 0;
    std::uint64_t kept = 0;
  };
  Leg& leg_of(inspect::Side side) { return side == inspect::Side::downstream ? downstream_ : upstream_; }
  HandshakeDecoder new_decoder() const;
  void keep(Buffer packet);
  LegTrace trace_of(const Leg& leg) const;

  std::shared_ptr<const CaptureSettings> settings_;
  std::shared_ptr<Budget> budget_;
  std::size_t taken_ = 0;  ///< of the budget
  Steady::time_point began_;
  std::chrono::system_clock::time_point began_at_;
  Leg downstream_;
  Leg upstream_;
  std::vector<Packet> packets_;  ///< of both legs, in order
  std::string secrets_;
};

}  // namespace mailtap::trace
