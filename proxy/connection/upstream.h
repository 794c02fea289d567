// A connection's way to its server: reached, asked for TLS, verified.
//
//   connect() -> connected -> begin_handshake() -> handshake -> chain looked up and verified -> verified
//       ^                                             |
//       +-- once more, with mailtap's own hello ------+
//       +-- and once, with old versions --------------+
//
// Owns the stream, its leg and the session on it. Connection owns this, forwards the stream's events to it as
// far as they belong to a step above, and is told of the end of each by the Delegate; what is relayed
// afterwards is the Relay's.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "inspect/ending.h"
#include "inspect/verdict_source.h"
#include "proxy/connection/context.h"
#include "proxy/connection/deadline.h"
#include "proxy/connection/departure.h"
#include "proxy/connection/leg.h"
#include "proxy/connection/upstream_hello.h"
#include "proxy/connection/upstream_versions.h"
#include "proxy/net/dialer.h"
#include "tls/client_hello.h"

namespace mailtap::inspect {
struct ConnectionRecord;  // inspect/record.h
}

namespace mailtap::proxy {

class Upstream final : net::Dialer::Delegate {
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
    virtual void upstream_failed(int alert, const inspect::Ending& why, Departure departure) = 0;
  };

  /// All outlive this. `events`: of the stream.
  Upstream(Context& context, Deadline& deadline, net::Stream::Events& events, Delegate& delegate);

  // In the order in which life happens. The delegate may be told from within each.

  void connect();
  /// Instead of connect(): with a stream that is connected already.
  void take(std::unique_ptr<net::Stream> connected, Clock::time_point connect_began);
  /// It is being connected to, or has been.
  bool has_begun() const { return leg_.stream != nullptr || is_dialling_; }
  /// The server has left before anybody asked it for anything: as if it had not been connected to.
  void forget();

  /// The client's hello has told the name that the certificate must have.
  void choose_name(const tls::ClientHello& hello, Clock::time_point accepted);
  const std::string& name() const { return name_; }
  void begin_handshake(const tls::ClientHello& hello);
  /// Goes on with it: bytes have come for the session, or their end.
  void step_handshake();
  /// It has taken too long: how far it came.
  inspect::Ending timed_out();
  /// The stream broke in the middle of it.
  void broke(std::string_view why);

  /// Of the handshake; DER, leaf first.
  const std::vector<Buffer>& chain() const { return chain_; }
  /// The server is one to go on with.
  void accepted();
  /// What a session may be resumed for, on either side: same route, same name sent, same client certificate.
  std::string session_key() const;
  /// What the hello offers, and what is known of that.
  UpstreamHello& hello() { return hello_; }
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
  void connected(std::unique_ptr<net::Stream> stream);
  void handshake_done();
  void handshake_failed();
  bool is_repeatable() const;
  bool ask_once_more(const tls::Failure& failure);
  tls::Failure with_what_it_missed(tls::Failure failure) const;
  std::string upstream_session_key() const { return session_key() + hello_.session_key(); }
  Verifier::Question question(const std::vector<Buffer>& chain, inspect::VerdictSource source) const;
  void verified();

  // net::Dialer::Delegate
  void on_dialing(const net::Address& address) override;
  void on_dialled(std::unique_ptr<net::Stream> stream, const net::Address& address) override;
  void on_not_dialled(const net::DialFailure& why) override;

  Context& context_;
  Services& services_;
  const RunningRoutePtr& route_;
  inspect::ConnectionRecord& record_;
  Recording& recording_;
  Deadline& deadline_;
  net::Stream::Events& events_;
  Delegate& delegate_;
  Leg leg_;
  std::unique_ptr<net::Dialer::Attempt> dialling_;  // the last
  bool is_dialling_ = false;
  Clock::time_point connect_began_;
  Clock::time_point handshake_began_;
  std::string name_;  // the configured name
  UpstreamVersions versions_;
  UpstreamHello hello_;
  bool offered_session_ = false;
  std::vector<Buffer> chain_;
  std::unique_ptr<Verifier::Work> verifying_;  // uses what is above
  bool is_stopped_ = false;
};

}  // namespace mailtap::proxy
