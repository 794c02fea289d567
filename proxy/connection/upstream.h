// A connection's way to its server: reached, asked for TLS, verified.
//
//   connect() -> connected -> begin_handshake() -> handshake -> chain looked up and verified -> verified
//       ^                                             |
//       +------ once more, with old versions ---------+
//
// Owns the stream, its leg and the session on it. Connection owns this, forwards the stream's events to it as
// far as they belong to a step above, and is told of the end of each by the Delegate; what is relayed
// afterwards is the Relay's.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "inspect/record.h"
#include "proxy/connection/leg.h"
#include "proxy/connection/shared.h"
#include "proxy/connection/upstream_connector.h"
#include "proxy/connection/upstream_versions.h"
#include "proxy/net/tcp_stream.h"
#include "tls/client_hello.h"

namespace mailtap::proxy::interception {

class Upstream final : private UpstreamConnector::Delegate {
 public:
  using Clock = std::chrono::steady_clock;

  /// None of these is called after stop_working().
  class Delegate {
   public:
    virtual ~Delegate() = default;
    /// begin_handshake() is next, at any time.
    virtual void upstream_connected() = 0;
    /// The handshake is done, and record.verdict there.
    virtual void upstream_verified() = 0;
    /// There will be none: the connection ends. `alert` tells a client that still waits for our hello.
    virtual void upstream_failed(int alert, const inspect::Ending& why) = 0;
  };

  Upstream(const Shared& shared, Delegate& delegate);

  // In the order in which life happens. The delegate may be told from within each.

  /// Where to; the route's upstream unless told otherwise, before anything else.
  void set_target(config::Endpoint target) { target_ = std::move(target); }
  const config::Endpoint& target() const { return target_; }
  /// Each TCP connection begins with a PROXY header, if the route says so.
  void announce(const net::Address& client, const net::Address& destination);
  void connect();
  /// Instead of connect(): with a stream that is connected already.
  void take(net::TcpStream& connected, Clock::time_point connect_began);
  /// It is being connected to, or has been.
  bool has_begun() const { return connector_.begun(); }
  /// libuv's status of the stream's connect().
  void connect_ended(int status);
  /// The time for an address is over: false if there is no other.
  bool try_next_address() { return connector_.deadline_passed(); }
  /// The server has left before anybody asked it for anything: as if it had not been connected to.
  void forget();

  /// The client's hello has told the name that the certificate must have.
  void choose_name(const tls::ClientHello& hello, Clock::time_point accepted);
  const std::string& name() const { return name_; }
  void begin_handshake(const tls::ClientHello& hello);
  /// Goes on with it: bytes have come for the session, or their end.
  void step_handshake();
  /// The stream broke in the middle of it.
  void broke(int status);

  /// Of the handshake; DER, leaf first.
  const std::vector<Buffer>& chain() const { return chain_; }
  /// The server is one to go on with.
  void accepted();
  /// What a session may be resumed for, on either side: same route, same name sent, same client certificate.
  std::string session_key() const;
  /// Keeps of the chain what is asked for again: `certificates` of it.
  void forget_chain_but(std::size_t certificates);

  /// The connection ends: cryptography that is under way is done at once, and nobody is told.
  void stop_working();
  /// A session that may be resumed is kept for the next connection. TLS 1.2 has it when the handshake is
  /// done, TLS 1.3 when a ticket has come.
  void save_session();

  Leg& leg() { return leg_; }
  const Leg& leg() const { return leg_; }
  // When it began; zero: it hasn't.
  Clock::time_point connect_began() const { return connect_began_; }
  Clock::time_point handshake_began() const { return handshake_began_; }

 private:
  void connected();
  void handshake_done();
  void handshake_failed();
  bool ask_once_more(const tls::Failure& failure);
  void look_up(const std::vector<Buffer>& chain);
  void verify(const std::vector<Buffer>& chain, inspect::VerdictSource source);
  void verified();

  // UpstreamConnector::Delegate
  void resolving(std::chrono::milliseconds within) override;
  void connecting(const net::Address& address, std::chrono::milliseconds within) override;
  void not_connected(const inspect::Ending& why) override;

  WorkerServices& services_;
  const RunningRoutePtr& route_;
  inspect::Connection& record_;
  Recording& recording_;
  Deadline& deadline_;
  Delegate& delegate_;
  config::Endpoint target_;
  net::TcpStream stream_;
  Leg leg_;
  UpstreamConnector connector_;
  Clock::time_point connect_began_;
  Clock::time_point handshake_began_;
  std::string name_;  // the configured name
  UpstreamVersions versions_;
  std::vector<Buffer> chain_;
  std::shared_ptr<const certs::TrustStore> trust_;
  std::optional<crypto::Task> verifying_;  // uses what is above
  bool is_stopped_ = false;
};

}  // namespace mailtap::proxy::interception
