// A connection whose TLS is ended on both sides: the client is shown a certificate of mailtap's, and the
// server's is verified.
//
//   peek client hello -> connect upstream -> upstream handshake -> verdict -> present -> downstream handshake
//          -> relay -> ending
//
// Where TLS begins with STARTTLS, the server greets first and plaintext comes before the hello:
//
//   connect upstream -> plaintext phase -> peek client hello -> upstream handshake -> ...
//
// Where the presented certificate doesn't depend on the upstream, the downstream handshake begins as soon as
// the hello is there, before the server is connected to, and both run at once. Whatever happens ends in
// finish(), once.
//
//   preamble.h     what comes before the hello: who speaks first, STARTTLS
//   downstream.h   the client: hello, presented certificate, handshake, its reaction
//   upstream.h     the server: connecting, handshake, once more for old ones, verdict
//   relay.h        both legs, once both are open
//
// Each part does its own steps and knows no other but as its header says; here it is decided what comes next.
// The parts live as long as the connection.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "inspect/ending.h"
#include "inspect/observer/observer.h"
#include "proxy/connection/context.h"
#include "proxy/connection/deadline.h"
#include "proxy/connection/downstream.h"
#include "proxy/connection/hello_trial.h"
#include "proxy/connection/leg.h"
#include "proxy/connection/preamble.h"
#include "proxy/connection/relay.h"
#include "proxy/connection/strategy.h"
#include "proxy/connection/upstream.h"

namespace mailtap::proxy {

class Intercept final : public Strategy, net::Stream::Events, Upstream::Delegate, Downstream::Delegate {
 public:
  /// Both outlive it.
  Intercept(Context& context, Host& host);

  void start(Beginning beginning) override;
  void stop(inspect::Reason reason, const std::string& detail) override;
  void note_beginnings() override;

 private:
  using Clock = std::chrono::steady_clock;

  // In the order in which life happens.
  void client_is_silent();
  void upstream_connected() override;
  void in_plaintext(Preamble::Next next);
  void relay_in_plaintext();
  void peek_hello(Bytes bytes);
  void hello_complete();
  void answer_hello();
  void play_hello();
  void upstream_failed(int alert, const inspect::Ending& why, Departure departure) override;
  void upstream_broken(std::string_view why);
  void upstream_verified() override;
  void nothing_to_present(const std::string& why) override;
  void downstream_left(const inspect::Ending& why, Departure departure) override;
  void downstream_open() override;
  void relay_if_both_open();
  void begin_relay();
  void observe();
  void forget_handshakes();
  void relayed(const Relay::MaybeEnd& end);
  void relay_ended(const Relay::End& end);
  inspect::Ending left_in_hello() const;
  inspect::Ending with_server_questions(inspect::Ending ending, Departure departure) const;
  void finish(const inspect::Ending& ending, Departure departure = Departure::none);
  void note_differences();
  void trial_over();
  void conclude();

  void refuse_downstream(int alert);
  bool says_nothing(const Leg& leg) const;
  Leg& leg_of(const net::Stream& stream) {
    return downstream_.leg().is_of(stream) ? downstream_.leg() : upstream_.leg();
  }
  void step_handshake(const Leg& leg);

  // Deadlines.
  void deadline_passed();

  // net::Stream::Events
  void on_data(net::Stream& stream, Bytes bytes) override;
  void on_end(net::Stream& stream) override;
  void on_broken(net::Stream& stream, std::string_view why) override;
  void on_flushed(net::Stream& stream) override;

  Context& context_;
  Host& host_;
  Services& services_;
  const RunningRoutePtr& route_;
  inspect::ConnectionRecord& record_;
  Recording& recording_;

  Deadline deadline_;
  Upstream upstream_;
  Downstream downstream_;
  HelloTrial trial_;
  Preamble preamble_;
  std::unique_ptr<inspect::Observer> observer_;  // null: nothing is read (protocol raw)
  std::optional<Relay> relay_;
  Departure parting_departure_ = Departure::none;
  std::optional<inspect::Ending> parting_;  // the client has left; the verdict is still awaited
  bool offers_early_data_ = false;
  bool finished_ = false;
  bool concluded_ = false;

  std::uint64_t last_activity_ = 0;  // loop time, ms
};

}  // namespace mailtap::proxy
