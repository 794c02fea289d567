// One connection that is observed: relayed byte for byte, TLS untouched, while what is in the clear is read.
//
//   accept -> connect upstream -> relay, and watch until both handshakes are seen -> relay alone -> ending
//
//   handshake_sniffer.h   what crosses the wire, understood; sniffed.h: its facts, in the words of the record
//   probes.h   connections of mailtap's own, for certificates that are encrypted on the wire
//
// What is watched never touches what is relayed: bytes go on first and are looked at then. FIN is passed on
// as FIN, a reset as a reset, and a side is read only as long as the other takes what it is sent.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "inspect/record.h"
#include "proxy/connection/connection_handler.h"
#include "proxy/connection/deadline.h"
#include "proxy/connection/handshake_sniffer.h"
#include "proxy/connection/probes.h"
#include "proxy/connection/recording.h"
#include "proxy/connection/sniffed.h"
#include "proxy/connection/upstream_connector.h"
#include "proxy/connection/worker_services.h"
#include "proxy/net/tcp_stream.h"
#include "proxy/route/running_route.h"

namespace mailtap::passthrough {

class Passthrough final : public proxy::ConnectionHandler,
                          private net::TcpStream::Events,
                          private proxy::UpstreamConnector::Delegate {
 public:
  Passthrough(proxy::WorkerServices& services, proxy::RunningRoutePtr route, std::uint64_t id, Owner& owner);
  ~Passthrough() override;

  void hold(proxy::Place place) override { places_.push_back(std::move(place)); }
  int accept(uv_stream_t* listener) override;
  void start() override;
  void take_over(proxy::IngressResult ingress) override;
  void stop(inspect::Reason reason, const std::string& detail) override;

 private:
  using Clock = std::chrono::steady_clock;

  struct Direction {
    net::TcpStream& from;
    net::TcpStream& to;
    inspect::Side side;  // that it comes from
    tls::Sender sender;
    std::uint64_t& bytes;
    bool paused = false;  // `to` takes no more for now
    bool ended = false;   // FIN received and passed on
  };

  // In the order in which life happens.
  void begin();
  void connect_upstream();
  void upstream_connected();
  void look_at(const Direction& direction, Bytes bytes);
  void sniffed();
  void begin_tls();
  void handshake_seen();
  void sniffing_over();
  void tell_that_it_is_open();
  void verify(const std::vector<Buffer>& chain, inspect::VerdictSource source);
  void probe();
  void probed(const ProbedPtr& answer);
  void relay_end(Direction& direction);
  void finish_if_over();
  void finish(const inspect::Ending& ending);
  void conclude();
  void note_beginnings();

  Direction& direction_from(const net::TcpStream& stream) { return &stream == &downstream_ ? up_ : down_; }
  Direction& direction_to(const net::TcpStream& stream) { return &stream == &downstream_ ? down_ : up_; }

  // Deadlines.
  void set_sniffing_deadline();
  void deadline_passed();

  // net::TcpStream::Events
  void on_data(net::TcpStream& stream, Bytes bytes) override;
  void on_end(net::TcpStream& stream) override;
  void on_broken(net::TcpStream& stream, int status) override;
  void on_flushed(net::TcpStream& stream) override;
  void on_connected(net::TcpStream& stream, int status) override;

  // proxy::UpstreamConnector::Delegate
  void connecting(const net::Address& address, std::chrono::milliseconds within) override;
  void resolving(std::chrono::milliseconds within) override;
  void not_connected(const inspect::Ending& why) override;

  proxy::WorkerServices& services_;
  const proxy::RunningRoutePtr route_;
  Owner& owner_;
  std::vector<proxy::Place> places_;
  inspect::Connection record_;
  net::Address client_;       // the real one
  net::Address destination_;  // what it connected to
  config::Endpoint target_;   // the upstream
  Clock::time_point accepted_;
  Clock::time_point connect_began_;
  Clock::time_point connected_;
  Clock::time_point tls_began_;

  proxy::Recording recording_;
  net::TcpStream downstream_;
  net::TcpStream upstream_;
  proxy::UpstreamConnector connector_;
  net::Address upstream_address_;
  Buffer early_bytes_;  // of the client, until there is an upstream
  Direction up_;        // downstream to upstream
  Direction down_;      // upstream to downstream

  std::unique_ptr<HandshakeSniffer> sniffer_;  // null: all has been seen
  bool is_tls_ = false;                        // it has begun
  bool told_open_ = false;                     // to whoever watches
  bool may_be_greeted_ = false;                // by the server, in plaintext
  HandshakeSniffer::Stage stage_ = HandshakeSniffer::Stage::silent;
  tls::Sender spoke_last_ = tls::Sender::client;
  inspect::ReactionFacts reaction_;
  std::string name_;           // the configured name
  std::vector<Buffer> chain_;  // the server's
  enum class Probing { no, under_way, done } probing_ = Probing::no;
  std::string probe_problem_;  // empty: there was none

  StreamEnd end_;
  enum class Life { going_on, finished, concluded } life_ = Life::going_on;

  std::uint64_t last_activity_ = 0;  // loop time, ms
  proxy::Deadline deadline_;
};

}  // namespace mailtap::passthrough
