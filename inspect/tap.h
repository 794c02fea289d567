// Taps: observers of what is relayed. They read and tell, nothing else.
//
//   Relay --bytes--> Observer --> Tap (HTTP, SMTP, POP3, IMAP) --Exchange--> Observer --> log
//
// A tap can't write, delay, close or fail a connection: its methods return nothing and its sink takes nothing
// back. What it can't follow ends the tap alone.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string_view>

#include "config/base/bytes.h"
#include "config/enums.h"
#include "inspect/exchange.h"
#include "inspect/pseudonyms.h"

namespace mailtap::inspect {

enum class Flow { to_upstream, to_downstream };
inline Flow opposite(Flow flow) {
  return flow == Flow::to_upstream ? Flow::to_downstream : Flow::to_upstream;
}

using Instant = std::chrono::steady_clock::time_point;

class Tap {
 public:
  virtual ~Tap() = default;
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;

  /// Decrypted bytes in their order, in any segmentation, at least one; gone when the call returns.
  virtual void on_bytes(Flow flow, Bytes bytes, Instant now) = 0;
  /// That direction has ended (close_notify or the stream's end). At most once each.
  virtual void on_end(Flow flow, Instant now) = 0;
  /// What came before was plaintext, from now on TLS protects it (STARTTLS).
  virtual void on_secured(Instant) {}
  /// The connection is over: what is unfinished is told now. The last call.
  virtual void on_closed(Instant now) = 0;
  /// All that was begun has ended by its own length, so that a stream which ends now cuts off nothing. Of
  /// protocols that say how long a message is.
  virtual bool is_between_messages() const { return false; }

 protected:
  Tap() = default;
};

/// Where a tap tells what it understood.
class ExchangeSink {
 public:
  virtual ~ExchangeSink() = default;
  /// `exchange.number` is the sink's to set; its time may be left for the sink too (see TapContext::wall).
  virtual void on_exchange(Exchange exchange) = 0;
  /// The tap can follow no more, for a reason out of its own words ("not HTTP"), never the peer's. It gets no
  /// further call but its destructor's.
  virtual void on_stopped(std::string_view why) = 0;
};

/// The leaf certificates of both legs, DER, for channel bindings; they live as long as the connection. Empty:
/// there is none.
struct LegCertificates {
  Bytes presented;
  Bytes server;
};

/// What the taps of one route remember between connections. Thread-safe.
struct RouteMemory {
  /// Complete authentications that the server refused since it last accepted one.
  std::atomic<unsigned> refused{0};
  std::atomic<std::uint64_t> exchanges{0};
  std::atomic<std::uint64_t> taps_stopped{0};
};

/// What a tap may know of its connection. All of it outlives the tap.
struct TapContext {
  const Pseudonyms& pseudonyms;
  const LegCertificates& certificates;
  RouteMemory& memory;
  std::chrono::system_clock::time_point wall_began;  ///< the same moment as `began`
  Instant began;
  bool greeted = false;    ///< the server's greeting came before, in plaintext (STARTTLS)
  bool plaintext = false;  ///< TLS never began
  bool http2 = false;      ///< what client and server have agreed on (ALPN)

  std::chrono::system_clock::time_point wall(Instant at) const {
    return wall_began + std::chrono::duration_cast<std::chrono::system_clock::duration>(at - began);
  }
};

}  // namespace mailtap::inspect
