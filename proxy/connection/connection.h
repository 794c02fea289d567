// One connection's life, from accept to its line in the log.
//
//   accept -> peek client hello -> connect upstream -> upstream handshake -> verdict -> present
//          -> downstream handshake -> relay -> ending
//
// Where TLS begins with STARTTLS, the server greets first and plaintext comes before the hello:
//
//   accept -> connect upstream -> plaintext phase -> peek client hello -> upstream handshake -> ...
//
// Where the presented certificate doesn't depend on the upstream, the downstream handshake begins as soon as
// the hello is there, and both run at once. Whatever happens ends in finish(), once.
//
//   interception/preamble.h     what comes before the hello: who speaks first, STARTTLS
//   interception/downstream.h   the client: hello, presented certificate, handshake, its reaction
//   interception/upstream.h     the server: connecting, handshake, once more for old ones, verdict
//   relay.h                     both legs, once both are open
//
// Each part does its own steps and knows no other but as its header says; here it is decided what comes next.
// The parts live as long as the connection.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "inspect/observer.h"
#include "inspect/record.h"
#include "proxy/connection/connection_handler.h"
#include "proxy/connection/deadline.h"
#include "proxy/connection/downstream.h"
#include "proxy/connection/leg.h"
#include "proxy/connection/preamble.h"
#include "proxy/connection/recording.h"
#include "proxy/connection/relay.h"
#include "proxy/connection/upstream.h"
#include "proxy/connection/worker_services.h"
#include "proxy/net/tcp_stream.h"
#include "proxy/route/running_route.h"

namespace mailtap::proxy {

class Connection final : public ConnectionHandler,
                         private net::TcpStream::Events,
                         private interception::Upstream::Delegate,
                         private interception::Downstream::Delegate {
 public:
  Connection(WorkerServices& services, RunningRoutePtr route, std::uint64_t id, Owner& owner);

  void hold(Place place) override { places_.push_back(std::move(place)); }
  int accept(uv_stream_t* listener) override;
  void start() override;
  void take_over(IngressResult ingress) override;
  void stop(inspect::Reason reason, const std::string& detail) override;

 private:
  using Clock = std::chrono::steady_clock;

  // In the order in which life happens.
  void begin();
  void client_is_silent();
  void upstream_connected() override;
  void in_plaintext(interception::Preamble::Next next);
  void relay_in_plaintext();
  void peek_hello(Bytes bytes);
  void hello_complete();
  void upstream_failed(int alert, const inspect::Ending& why) override;
  void upstream_verified() override;
  void nothing_to_present(const std::string& why) override;
  void downstream_left(inspect::Reason reason, const std::string& detail) override;
  void downstream_open() override;
  void relay_if_both_open();
  void begin_relay();
  void observe();
  void forget_handshakes();
  void relayed(const Relay::MaybeEnding& ending);
  inspect::Ending with_server_questions(inspect::Ending ending) const;
  void finish(const inspect::Ending& ending);
  void note_beginnings();

  void refuse_downstream(int alert);
  bool says_nothing(const Leg& leg) const;
  Leg& leg_of(const net::TcpStream& stream) {
    return &stream == &downstream_.leg().stream ? downstream_.leg() : upstream_.leg();
  }
  void step_handshake(const Leg& leg);

  // Deadlines.
  void deadline_passed();

  // net::TcpStream::Events
  void on_data(net::TcpStream& stream, Bytes bytes) override;
  void on_end(net::TcpStream& stream) override;
  void on_broken(net::TcpStream& stream, int status) override;
  void on_flushed(net::TcpStream& stream) override;
  void on_connected(net::TcpStream& stream, int status) override;

  WorkerServices& services_;
  RunningRoutePtr route_;
  Owner& owner_;
  std::vector<Place> places_;
  inspect::Connection record_;
  net::Address client_;       // the real one
  net::Address destination_;  // what it connected to
  Clock::time_point accepted_;

  Recording recording_;
  Deadline deadline_;
  interception::Upstream upstream_;
  interception::Downstream downstream_;
  interception::Preamble preamble_;
  std::unique_ptr<inspect::Observer> observer_;  // null: nothing is read (protocol raw)
  std::optional<Relay> relay_;
  std::optional<inspect::Ending> parting_;  // the client has left; the verdict is still awaited
  bool finished_ = false;

  std::uint64_t last_activity_ = 0;  // loop time, ms
};

}  // namespace mailtap::proxy
