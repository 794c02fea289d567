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
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "inspect/observer.h"
#include "inspect/record.h"
#include "proxy/deadline.h"
#include "proxy/interception/presenting.h"
#include "proxy/interception/upstream_versions.h"
#include "proxy/leg.h"
#include "proxy/net/tcp_stream.h"
#include "proxy/passage.h"
#include "proxy/recording.h"
#include "proxy/relay.h"
#include "proxy/running_route.h"
#include "proxy/starttls/opening.h"
#include "proxy/starttls/plaintext_phase.h"
#include "proxy/upstream_connector.h"
#include "proxy/worker_services.h"
#include "tls/client_hello.h"

namespace mailtap::proxy {

class Connection final : public Passage, private net::TcpStream::Events, private UpstreamConnector::Watcher {
 public:
  Connection(WorkerServices& services, RunningRoutePtr route, std::uint64_t id, Owner& owner);

  void hold(Place place) override { places_.push_back(std::move(place)); }
  int accept(uv_stream_t* listener) override;
  void start() override;
  void take_over(Arrived arrived) override;
  void stop(inspect::Reason reason, const std::string& detail) override;

 private:
  using Clock = std::chrono::steady_clock;

  // In the order in which life happens.
  void begin();
  void await_first_words();
  void client_is_silent();
  void begin_plaintext();
  void in_plaintext(const Leg& from, Bytes bytes);
  void ended_in_plaintext(const Leg& from);
  void plaintext_said(starttls::PlaintextPhase::State state);
  void plaintext_secured();
  void relay_in_plaintext();
  void await_hello(std::chrono::milliseconds within);
  void peek_hello(Bytes bytes);
  void hello_complete();
  void connect_upstream();
  void upstream_connected();
  void begin_upstream_handshake();
  void step_handshake(Leg& leg);
  void cryptography_done(Leg& leg);
  void handshake_done(Leg& leg);
  void handshake_failed(Leg& leg);
  bool ask_upstream_once_more(const tls::Failure& failure);
  void downstream_left(inspect::Reason reason, const std::string& detail);
  void upstream_handshake_done();
  void judge(const std::vector<Buffer>& chain, inspect::VerdictSource source);
  void verdict_found();
  void look_up(const std::vector<Buffer>& chain);
  void present();
  void begin_downstream_handshake(const certs::IdentityPtr& identity);
  void relay_if_both_open();
  void begin_relay();
  void observe();
  void forget_handshakes();
  void relayed(const Relay::MaybeEnding& ending);
  void finish(inspect::Reason reason, inspect::Side side, const std::string& detail);
  void note_beginnings();
  void save_session();
  void learn_reaction();
  void learn_client_certificates();

  certs::PresentationRequest presentation_request() const;
  void refuse_downstream(int alert);
  tls::Gathering gathering(Leg& leg);
  void say_farewell(std::string_view why);
  void forget_upstream();
  bool says_nothing(const Leg& leg) const;
  Leg& leg_of(const net::TcpStream& stream) { return &stream == &downstream_tcp_ ? downstream_ : upstream_; }
  Leg& other(const Leg& leg) { return &leg == &downstream_ ? upstream_ : downstream_; }
  std::string session_key() const;

  // Deadlines.
  void deadline_passed();

  // UpstreamConnector::Watcher
  void resolving(std::chrono::milliseconds within) override;
  void connecting(const net::Address& address, std::chrono::milliseconds within) override;
  void not_connected(const inspect::Ending& why) override;

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
  config::Endpoint target_;   // the upstream
  Clock::time_point accepted_;
  Clock::time_point connect_began_;
  Clock::time_point upstream_began_;
  Clock::time_point downstream_began_;

  Recording recording_;
  net::TcpStream downstream_tcp_;
  net::TcpStream upstream_tcp_;
  Leg downstream_;
  Leg upstream_;
  UpstreamConnector connector_;
  starttls::Opening opening_;
  std::optional<config::Protocol> spoken_;             // in plaintext, before STARTTLS
  bool listens_ = false;                               // to whether the client is silent
  std::optional<starttls::PlaintextPhase> plaintext_;  // while it lasts
  Buffer early_bytes_;                                 // from the client, until its session exists
  std::optional<tls::ClientHello> hello_;
  std::string name_;  // the configured name
  interception::UpstreamVersions versions_;
  std::vector<Buffer> chain_;  // the upstream's
  std::shared_ptr<const certs::TrustStore> judged_by_;
  std::optional<crypto::Task> judging_;
  std::optional<interception::Presenting> presenting_;
  certs::IdentityPtr presented_;
  std::unique_ptr<inspect::Observer> observer_;  // null: nothing is read (protocol raw)
  std::optional<Relay> relay_;
  std::optional<inspect::Ending> parting_;  // the client has left; the verdict is still awaited
  bool finished_ = false;

  std::uint64_t last_activity_ = 0;  // loop time, ms
  Deadline deadline_;
};

}  // namespace mailtap::proxy
