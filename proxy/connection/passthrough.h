// A connection that is passed through: relayed byte for byte, TLS untouched, while what is in the clear is
// read.
//
//   connect upstream -> relay, and sniff until both handshakes are seen -> relay alone -> ending
//
//   handshake_sniffer.h   what crosses the wire, understood; sniffed.h: its facts, in the words of the record
//   prober.h              connections of mailtap's own, for certificates that are encrypted on the wire
//
// What is sniffed never touches what is relayed: bytes go on first and are looked at then. FIN is passed on
// as FIN, a reset as a reset, and a side is read only as long as the other takes what it is sent.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "inspect/ending.h"
#include "inspect/tap.h"
#include "inspect/verdict_source.h"
#include "proxy/connection/context.h"
#include "proxy/connection/deadline.h"
#include "proxy/connection/handshake_sniffer.h"
#include "proxy/connection/leg.h"
#include "proxy/connection/prober.h"
#include "proxy/connection/relay.h"
#include "proxy/connection/sniffed.h"
#include "proxy/connection/strategy.h"
#include "proxy/net/dialer.h"

namespace mailtap::inspect {
struct ConnectionRecord;  // inspect/record.h
}

namespace mailtap::proxy {

class Passthrough final : public Strategy, net::Stream::Events, net::Dialer::Delegate, inspect::Tap {
 public:
  /// Both outlive it.
  Passthrough(Context& context, Host& host);
  ~Passthrough() override;

  void start(Beginning beginning) override;
  void stop(inspect::Reason reason, const std::string& detail) override;
  void note_beginnings() override;

 private:
  using Clock = std::chrono::steady_clock;

  // In the order in which life happens.
  void connect_upstream();
  void upstream_connected(std::unique_ptr<net::Stream> upstream, const net::Address& address);
  void sniffed();
  void begin_tls();
  void handshake_seen();
  void sniffing_over();
  void tell_that_it_is_open();
  void verify(inspect::VerdictSource source);
  void probe();
  void probed(const ProbedPtr& answer);
  void relayed(const Relay::MaybeEnd& end);
  void ended_in_order();
  /// `by_streams`: what was sniffed says more of the reason.
  void finish(const inspect::Ending& ending, bool by_streams = false);
  void conclude();

  Leg& leg_of(const net::Stream& stream) { return downstream_.is_of(stream) ? downstream_ : upstream_; }

  // Deadlines.
  void set_sniffing_deadline();
  void deadline_passed();
  inspect::Ending late() const;

  // net::Stream::Events
  void on_data(net::Stream& stream, Bytes bytes) override;
  void on_end(net::Stream& stream) override;
  void on_broken(net::Stream& stream, std::string_view why) override;
  void on_flushed(net::Stream& stream) override;

  // inspect::Tap: what was relayed
  void on_bytes(inspect::Flow flow, Bytes bytes, inspect::Instant at) override;
  void on_end(inspect::Flow flow, inspect::Instant at) override;
  void on_closed(inspect::Instant /*now*/) override {}

  // net::Dialer::Delegate
  void on_dialing(const net::Address& address) override;
  void on_dialled(std::unique_ptr<net::Stream> stream, const net::Address& address) override;
  void on_not_dialled(const net::DialFailure& why) override;

  Context& context_;
  Host& host_;
  Services& services_;
  const RunningRoutePtr& route_;
  inspect::ConnectionRecord& record_;
  Recording& recording_;
  Clock::time_point connect_began_;
  Clock::time_point connected_;
  Clock::time_point tls_began_;

  Leg downstream_{inspect::Side::downstream};
  Leg upstream_{inspect::Side::upstream};
  std::optional<Relay> relay_;  // once both are there
  std::unique_ptr<net::Dialer::Attempt> dialling_;
  bool is_dialling_ = false;
  net::Address upstream_address_;
  Buffer early_bytes_;  // of the client, until there is an upstream

  std::unique_ptr<HandshakeSniffer> sniffer_;  // null: all has been seen
  bool is_tls_ = false;                        // it has begun
  bool told_open_ = false;                     // to whoever watches
  bool may_be_greeted_ = false;                // by the server, in plaintext
  HandshakeSniffer::Stage stage_ = HandshakeSniffer::Stage::silent;
  tls::Sender spoke_last_ = tls::Sender::client;
  inspect::ReactionFacts reaction_;
  std::string name_;           // the configured name
  std::vector<Buffer> chain_;  // the server's
  certs::StapledPtr stapled_;  // what a probe got with it; null: the client's own isn't read
  enum class Probing { no, under_way, done } probing_ = Probing::no;
  std::string probe_problem_;  // empty: there was none

  StreamEnd end_;
  bool server_ended_ = false;  // its stream
  enum class Life { going_on, finished, concluded } life_ = Life::going_on;

  std::uint64_t last_activity_ = 0;  // loop time, ms
  Deadline deadline_;
};

}  // namespace mailtap::proxy
